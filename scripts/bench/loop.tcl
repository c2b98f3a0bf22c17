# The same as loop.dtcl. Inside a proc, because Tcl compiles those, and a loop outside of one is many times slower.
proc main {} {
  set even 0
  set odd 0
  set i 0
  while {$i < 30000000} {
    if {$i % 2 == 0} {
      incr even
    } else {
      incr odd $i
    }
    incr i
  }
  puts "$even $odd"
}
main
