// Command shop takes money.
package main

import "example.com/shop/till"

func main() { till.Open().Take(7) }
