((body) @injection.content
  (#set! injection.language "javascript"))
