# The same as records.dtcl.
proc main {} {
  set rows {}
  for {set i 1} {$i <= 100000} {incr i} {
    lappend rows [dict create name "server $i" bytes [expr {$i * 512}] good [expr {$i % 3 == 0}]]
  }
  set bytes 0
  set good 0
  set letters 0
  foreach row $rows {
    incr bytes [dict get $row bytes]
    incr letters [string length [dict get $row name]]
    if {[dict get $row good]} {
      incr good
    }
  }
  puts "$bytes $good $letters"
}
main
