# The same as strings.dtcl.
proc main {} {
  set s ""
  for {set i 1} {$i <= 200000} {incr i} {
    append s "item $i;"
  }
  puts [string length $s]
}
main
