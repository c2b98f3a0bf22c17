# The same as calls.dtcl.
proc fib {n} {
  if {$n < 2} {
    return $n
  }
  return [expr {[fib [expr {$n - 1}]] + [fib [expr {$n - 2}]]}]
}
proc divisor {a b} {
  if {$b == 0} {
    return $a
  }
  return [divisor $b [expr {$a % $b}]]
}
proc main {} {
  set sum 0
  for {set i 1} {$i <= 50000} {incr i} {
    incr sum [divisor $i 360360]
  }
  puts "[fib 28] $sum"
}
main
