// Diagnostics as SARIF 2.1.0 (OASIS Standard, Static Analysis Results Interchange Format), for services that show
// mistakes beside the code. Columns count UTF-16 units from 1, as everywhere here, and `endColumn` is the column behind
// the last one (3.30.5 to 3.30.8). A diagnostic that names the word to write instead has a fix that writes it; all
// others say what to do in their message.
import type { Diagnostic, Span } from '../../base/diagnostic.ts';
import type { SourceText } from '../tree/source-text.ts';
import { diagnosticCatalogue } from './diagnostics.ts';
import { meantWord } from './nearest-match.ts';

const schemaUri = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** The diagnostics of one script and of the files that it includes. */
export interface SarifInput {
  readonly source: SourceText;
  readonly diagnostics: readonly Diagnostic[];
}

export interface SarifTool {
  /** The version of this program. */
  readonly version: string;
  /** Whether all files could be read. */
  readonly successful: boolean;
}

export function diagnosticsAsSarif(inputs: readonly SarifInput[], { version, successful }: SarifTool): string {
  const used = new Set(inputs.flatMap((one) => one.diagnostics.map((diagnostic) => diagnostic.code)));
  const codes = Object.entries(diagnosticCatalogue).filter(([code]) => used.has(code));
  const indexes = new Map(codes.map(([code], index) => [code, index]));
  const rules = codes.map(([code, entry]) => ({
    id: code,
    shortDescription: { text: entry.message },
    help: { text: 'fix' in entry ? entry.fix : entry.message },
    defaultConfiguration: { level: entry.severity },
  }));
  const results = inputs.flatMap(({ source, diagnostics }) =>
    diagnostics.map((diagnostic) => ({
      ruleId: diagnostic.code,
      ruleIndex: indexes.get(diagnostic.code) ?? -1,
      level: diagnostic.severity,
      message: { text: messageText(diagnostic) },
      locations: [{ physicalLocation: locationOf(diagnostic.span, source) }],
      ...relatedLocations(diagnostic, source),
      ...fixesOf(diagnostic, source),
    })),
  );
  const run = {
    tool: { driver: { name: 'understudy', version, rules } },
    invocations: [{ executionSuccessful: successful }],
    columnKind: 'utf16CodeUnits',
    results,
  };
  return JSON.stringify({ $schema: schemaUri, version: '2.1.0', runs: [run] }, null, 2);
}

function messageText({ message, fix }: Diagnostic): string {
  return fix === undefined ? `${message}.` : `${message}. Fix: ${fix}`;
}

function locationOf(span: Span, source: SourceText): object {
  return { artifactLocation: { uri: uriOf(span.file) }, region: regionOf(span, source) };
}

function relatedLocations({ related = [] }: Diagnostic, source: SourceText): object {
  if (related.length === 0) return {};
  return {
    relatedLocations: related.map(({ span, message }, index) => ({
      id: index + 1,
      message: { text: message },
      physicalLocation: locationOf(span, source),
    })),
  };
}

function fixesOf({ span, fix }: Diagnostic, source: SourceText): object {
  const word = fix === undefined ? undefined : meantWord(fix);
  if (word === undefined) return {};
  const replacement = { deletedRegion: regionOf(span, source), insertedContent: { text: word } };
  const artifactChanges = [{ artifactLocation: { uri: uriOf(span.file) }, replacements: [replacement] }];
  return { fixes: [{ description: { text: `Write ${word}` }, artifactChanges }] };
}

function regionOf({ file, line, column, end }: Span, source: SourceText): object {
  const part = [source, ...source.included].find((one) => one.file === file) ?? source;
  const last = part.span({ start: part.base + end, end: part.base + end });
  return { startLine: line, startColumn: column, endLine: last.line, endColumn: last.column };
}

/** A relative path stays relative; characters that a URI may not hold are escaped (RFC 3986). */
function uriOf(file: string): string {
  const escaped = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${escaped}` : escaped;
}
