// Command greet is the least that a command in Go can be: what the start of
// the command line is measured against.
package main

import "fmt"

func main() { fmt.Println("hello") }
