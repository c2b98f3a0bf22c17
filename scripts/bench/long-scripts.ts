// Long scripts in the two shapes that cost a checker most: many statements, and many names. Both check without an error.

/** `lines` lines of assignments, conditions and loops over a hundred variables. */
export function plainStatements(lines: number): string {
  const pieces = [
    (index: number): string[] => [`$name${index % 100} = ${index} * 2 + 1`],
    (index: number): string[] => [`$text${index % 100} = "item \${name${index % 100}}" # ${index}`],
    (index: number): string[] => [`IF $name${index % 100} > 10 AND $name0 <> 3 THEN`, '  $name0 = 1', 'END'],
    (): string[] => ['FOR EACH $one IN [1, 2, 3] DO', '  $sum = $one + 1', 'END'],
    (): string[] => ['WRITE "a line", 5 minutes, [1, 2]'],
    (): string[] => ['WAIT 5 seconds'],
  ];
  const written: string[] = [];
  for (let index = 0; written.length < lines; index += 1) {
    const round = Math.floor(index / pieces.length);
    written.push(...(pieces[index % pieces.length]?.(round) ?? []));
  }
  return `${written.join('\n')}\n`;
}

/** `count` functions and `count` variables of the script, which the functions use; ten lines for each pair. */
export function functionsAndGlobals(count: number): string {
  const written: string[] = [];
  for (let index = 0; index < count; index += 1) {
    written.push(
      `$global${index} = ${index}`,
      `FUNCTION work${index}($value)`,
      `  $own = $value + $global${index}`,
      `  IF $own > ${index} THEN`,
      '    $own = $own - 1',
      '  END',
      '  RETURN $own',
      'END',
      `$result = work${index}(${index})`,
      'WRITE $result',
    );
  }
  return `${written.join('\n')}\n`;
}
