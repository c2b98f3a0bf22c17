# The same as nested.dtcl.
proc main {} {
  set odd 0
  set others 0
  for {set a 1} {$a <= 1500} {incr a} {
    for {set b $a} {$b <= 1500} {incr b} {
      set square [expr {$a * $a + $b * $b}]
      if {$square % 7 == 3 && $a % 2 == 1} {
        incr odd
      } elseif {$square > 2000000 || $b == $a} {
        incr others
      }
    }
  }
  puts "$odd $others"
}
main
