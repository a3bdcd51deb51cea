package main

import "example.com/shop/internal/lab/dice"

func main() { println(dice.Throw()) }
