[
  (if)
  (while)
  (for)
  (try)
  (function)
  (scripted)
  (parallel)
  (every)
  (on)
  (command)
] @fold
