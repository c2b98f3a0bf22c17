# The same as texts.dtcl.
proc main {} {
  set found 0
  set letters 0
  for {set i 1} {$i <= 100000} {incr i} {
    set line " server $i,/srv/sales/$i,OK,ready "
    set parts [split [string trim $line] ","]
    if {[string first "99" [lindex $parts 1]] >= 0 && [string match "server*" [lindex $parts 0]]} {
      incr found
    }
    set again [join $parts ";"]
    incr letters [string length [string map {SALES ACCOUNTS} [string toupper $again]]]
  }
  puts "$found $letters"
}
main
