# The same as lists.dtcl.
proc main {} {
  set list {}
  for {set i 0} {$i < 300000} {incr i} {
    lappend list [expr {$i * 3}]
  }
  set sum 0
  for {set i 0} {$i < 300000} {incr i} {
    incr sum [lindex $list $i]
  }
  foreach one $list {
    incr sum $one
  }
  puts "[llength $list] $sum"
}
main
