module ringside.example/go

go 1.19
