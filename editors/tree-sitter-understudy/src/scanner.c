// The tokens that need a look ahead: the end of a statement, numbers with their units, and words that mean something
// only by what follows them. Everything else is in grammar.json. The scanner keeps nothing: the parser says which
// tokens can stand at a place, and so whether it is inside a bracket, a command or an expression.
#include "tree_sitter/parser.h"
#include "units.h"

#include <string.h>

// In the order of `externals` in grammar.json.
enum TokenType {
  LINE_END,
  EXPRESSION_LITERAL,
  COMMAND_LITERAL,
  COMMAND_AHEAD,
  WAIT,
  TASK,
  ON,
  ON_ERROR,
  ERROR_SENTINEL,
};

enum { WORD_MAX = 16 };

static int32_t next(const TSLexer *lexer) { return lexer->lookahead; }
static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool is_blank(int32_t c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == 0xa0 || c == 0xfeff;
}
static bool is_line_end(int32_t c) { return c == '\n' || c == '\r'; }
static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_name(int32_t c) { return is_letter(c) || is_digit(c) || c == '_'; }
static bool is_one_of(int32_t c, const char *characters) { return c > 0 && c < 128 && strchr(characters, c) != NULL; }

// Skips blanks, and line ends that a `\` takes away. Returns whether there was a blank; `*stray` says that a `\` stands
// here that takes no line end away, so no token of the scanner follows.
static bool skip_blanks(TSLexer *lexer, bool is_skipped, bool also_line_ends, bool *stray) {
  bool found = false;
  for (;;) {
    if (is_blank(next(lexer)) || (also_line_ends && is_line_end(next(lexer)))) {
      lexer->advance(lexer, is_skipped);
    } else if (next(lexer) == '\\') {
      lexer->advance(lexer, is_skipped);
      while (next(lexer) == ' ' || next(lexer) == '\t') lexer->advance(lexer, is_skipped);
      if (!is_line_end(next(lexer))) {
        *stray = true;
        return found;
      }
      if (next(lexer) == '\r') lexer->advance(lexer, is_skipped);
      if (next(lexer) == '\n') lexer->advance(lexer, is_skipped);
    } else {
      return found;
    }
    found = true;
  }
}

// Reads letters, in small letters; a longer word than any that is known becomes the empty one.
static void read_letters(TSLexer *lexer, char word[WORD_MAX + 1]) {
  unsigned length = 0;
  for (; is_letter(next(lexer)); advance(lexer)) {
    if (length < WORD_MAX) word[length] = (char)(next(lexer) | 32);
    length++;
  }
  word[length <= WORD_MAX ? length : 0] = '\0';
}

static bool is_in(const char *word, const char *const *words, size_t count) {
  for (size_t at = 0; at < count; at++) {
    if (strcmp(word, words[at]) == 0) return true;
  }
  return false;
}
#define IS_IN(word, words) is_in(word, words, sizeof(words) / sizeof((words)[0]))

// Literals. A literal ends at every place where it is whole and what must stand behind it stands there; the longest is
// meant, so each such place is marked, and reading goes on.

typedef struct {
  TSLexer *lexer;
  bool is_command;
  bool is_found;
} Literal;

static void mark_if_whole(Literal *literal) {
  TSLexer *lexer = literal->lexer;
  int32_t c = next(lexer);
  bool ends = literal->is_command
                  ? lexer->eof(lexer) || is_blank(c) || is_line_end(c) || is_one_of(c, ";,)]}=")
                  : !is_name(c);
  if (!ends) return;
  lexer->mark_end(lexer);
  literal->is_found = true;
}

static unsigned read_digits(TSLexer *lexer, unsigned max) {
  unsigned count = 0;
  for (; count < max && is_digit(next(lexer)); count++) advance(lexer);
  return count;
}

static bool read_two_digits_behind(TSLexer *lexer, int32_t sign) {
  if (next(lexer) != sign) return false;
  advance(lexer);
  return read_digits(lexer, 2) == 2;
}

// Behind the hours: `:30`, perhaps with seconds and their fraction.
static bool read_minutes(Literal *literal) {
  TSLexer *lexer = literal->lexer;
  if (!read_two_digits_behind(lexer, ':')) return false;
  mark_if_whole(literal);
  if (!read_two_digits_behind(lexer, ':')) return true;
  mark_if_whole(literal);
  if (next(lexer) != '.') return true;
  advance(lexer);
  if (read_digits(lexer, 3) > 0) mark_if_whole(literal);
  return true;
}

// Behind the year.
static void read_date(Literal *literal) {
  TSLexer *lexer = literal->lexer;
  if (!read_two_digits_behind(lexer, '-') || !read_two_digits_behind(lexer, '-')) return;
  mark_if_whole(literal);
  if (!is_one_of(next(lexer), "Tt")) return;
  advance(lexer);
  if (read_digits(lexer, 2) != 2 || !read_minutes(literal)) return;
  if (is_one_of(next(lexer), "Zz")) {
    advance(lexer);
    mark_if_whole(literal);
  } else if (is_one_of(next(lexer), "+-")) {
    advance(lexer);
    if (read_digits(lexer, 2) == 2 && read_two_digits_behind(lexer, ':')) mark_if_whole(literal);
  }
}

static void read_unit(Literal *literal) {
  TSLexer *lexer = literal->lexer;
  bool stray = false;
  bool is_apart = skip_blanks(lexer, false, false, &stray);
  if (stray) return;
  if (next(lexer) == '%' && !is_apart) {
    advance(lexer);
    mark_if_whole(literal);
    return;
  }
  bool is_printed = next(lexer) == 'B';
  char unit[WORD_MAX + 1];
  read_letters(lexer, unit);
  bool is_single = unit[0] != '\0' && unit[1] == '\0' && is_one_of(unit[0], "smhdwb");
  // Bytes are printed apart, `0 B`.
  if (is_single ? is_apart && !is_printed : !IS_IN(unit, spelled_units)) return;
  mark_if_whole(literal);
  bool has_rate = !is_single || unit[0] == 'b';
  if (!has_rate || next(lexer) != '/') return;
  advance(lexer);
  if (!is_one_of(next(lexer), "sS")) return;
  advance(lexer);
  mark_if_whole(literal);
}

static bool scan_literal(TSLexer *lexer, bool is_command) {
  Literal literal = {lexer, is_command, false};
  bool is_negative = is_command && next(lexer) == '-';
  if (is_negative) advance(lexer);
  unsigned digits = read_digits(lexer, ~0u);
  if (digits == 0) return false;
  mark_if_whole(&literal);
  if (next(lexer) == '-' && digits == 4 && !is_negative) {
    read_date(&literal);
  } else if (next(lexer) == ':' && digits <= 2 && !is_negative) {
    read_minutes(&literal);
  } else {
    if (next(lexer) == '.') {
      advance(lexer);
      if (read_digits(lexer, ~0u) == 0) return literal.is_found;
      mark_if_whole(&literal);
    }
    read_unit(&literal);
  }
  return literal.is_found;
}

static const char *const value_words[] = {"not", "true", "false", "none"};
static const char *const joining_words[] = {"and", "or", "then"};

// Whether a command follows `$name =`: a word alone, also before DO, ELSE, END or FINALLY, or one that an argument follows.
// Nothing is taken.
static bool is_command_ahead(TSLexer *lexer) {
  lexer->mark_end(lexer);
  char word[WORD_MAX + 1];
  read_letters(lexer, word);
  if (IS_IN(word, value_words)) return false;
  bool stray = false;
  bool is_apart = skip_blanks(lexer, false, false, &stray);
  if (stray) return false;
  int32_t c = next(lexer);
  if (lexer->eof(lexer) || is_line_end(c) || c == ';' || c == '#') return true;
  if (!is_apart) return false;
  if (is_one_of(c, "\"'$/") || is_digit(c)) return true;
  if (!is_letter(c)) return false;
  char following[WORD_MAX + 1];
  read_letters(lexer, following);
  return is_name(next(lexer)) || !IS_IN(following, joining_words);
}

static bool ends_statement_word(TSLexer *lexer) {
  return lexer->eof(lexer) || is_blank(next(lexer)) || is_line_end(next(lexer)) ||
         is_one_of(next(lexer), ";#=(\"'$[{");
}

static bool is_in_word(TSLexer *lexer) {
  int32_t c = next(lexer);
  return !lexer->eof(lexer) && !is_blank(c) && c > ' ' && c != 0x7f && !is_one_of(c, "\"'$;()[]{},=");
}

// WAIT but not WAIT FOR; TASK before a name and a bracket; ON, and ON ERROR.
static bool scan_statement_word(TSLexer *lexer) {
  char word[WORD_MAX + 1];
  char following[WORD_MAX + 1];
  read_letters(lexer, word);
  if (!ends_statement_word(lexer)) return false;
  lexer->mark_end(lexer);
  bool stray = false;
  bool is_apart = skip_blanks(lexer, false, false, &stray);
  if (strcmp(word, "wait") == 0) {
    lexer->result_symbol = WAIT;
    if (!is_apart || stray) return true;
    read_letters(lexer, following);
    bool ends = lexer->eof(lexer) || is_blank(next(lexer)) || is_line_end(next(lexer)) || next(lexer) == ';';
    return strcmp(following, "for") != 0 || !ends;
  }
  if (strcmp(word, "task") == 0) {
    lexer->result_symbol = TASK;
    if (!is_apart || stray || !is_in_word(lexer)) return false;
    while (is_in_word(lexer)) advance(lexer);
    skip_blanks(lexer, false, false, &stray);
    return next(lexer) == '(';
  }
  if (strcmp(word, "on") != 0) return false;
  lexer->result_symbol = ON;
  if (!is_apart || stray) return true;
  read_letters(lexer, following);
  bool ends = lexer->eof(lexer) || is_blank(next(lexer)) || is_line_end(next(lexer)) || is_one_of(next(lexer), ";#$");
  if (strcmp(following, "error") == 0 && ends) {
    lexer->mark_end(lexer);
    lexer->result_symbol = ON_ERROR;
  }
  return true;
}

void *tree_sitter_dtcl_external_scanner_create(void) { return NULL; }
void tree_sitter_dtcl_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_dtcl_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_dtcl_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

bool tree_sitter_dtcl_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  // While the parser recovers from a mistake it offers every token.
  if (valid[ERROR_SENTINEL]) return false;
  bool stray = false;
  skip_blanks(lexer, true, !valid[LINE_END], &stray);
  if (stray) return false;
  int32_t c = next(lexer);
  if (valid[LINE_END] && (is_line_end(c) || c == ';')) {
    advance(lexer);
    if (c == '\r' && next(lexer) == '\n') advance(lexer);
    lexer->mark_end(lexer);
    lexer->result_symbol = LINE_END;
    return true;
  }
  if ((valid[COMMAND_LITERAL] && (is_digit(c) || c == '-')) || (valid[EXPRESSION_LITERAL] && is_digit(c))) {
    lexer->result_symbol = valid[COMMAND_LITERAL] ? COMMAND_LITERAL : EXPRESSION_LITERAL;
    return scan_literal(lexer, valid[COMMAND_LITERAL]);
  }
  if (!is_letter(c)) return false;
  if (valid[COMMAND_AHEAD]) {
    lexer->result_symbol = COMMAND_AHEAD;
    return is_command_ahead(lexer);
  }
  return valid[WAIT] && scan_statement_word(lexer);
}
