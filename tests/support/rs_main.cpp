// The main() of test programs; a file of its own, so that a program with another one can use the rest.
#include "tests/support/rs_test.hpp"

int main(int argc, char** argv) { return ringside::test::run_main(argc, argv); }
