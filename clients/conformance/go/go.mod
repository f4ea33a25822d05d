module ringside.example/conformance

go 1.19

require ringside.example/go v0.0.0

replace ringside.example/go => ../../go
