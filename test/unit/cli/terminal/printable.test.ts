/** No text of others changes how the terminal shows ours. */
import { describe, expect, test } from 'vitest';
import { jsonText, onlyLinesAndColours, printable } from '../../../../cli/terminal/printable.ts';

const character = (code: number) => String.fromCodePoint(code);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

const BREAKS = [...range(0, 0x1f), ...range(0x7f, 0x9f), 0x2028, 0x2029];
const HIDDEN = [
  0xad, // soft hyphen
  0x34f, // combining grapheme joiner
  0x61c, // Arabic letter mark
  0x115f, // Hangul filler
  0x180e,
  ...range(0x200b, 0x200f), // zero width, marks of direction
  ...range(0x202a, 0x202e), // embeddings and overrides
  ...range(0x2060, 0x206f), // word joiner, invisible operators, isolates
  0x3164,
  0xfeff, // byte order mark
  ...range(0xfff9, 0xfffb), // annotations
  0xd800, // half a character
  0xe0001,
  ...range(0xe0020, 0xe007f), // tags
  0xe0100, // variation selectors in which text can hide
];
const KEPT = ['é', '漢字', '😀', '⚠\ufe0f', 'שלום', 'e\u0301', '\u00a0', '€'];

describe.each([
  ['a control character or a separator of lines', BREAKS],
  ['an invisible character, or one that moves others', HIDDEN],
])('%s', (_, codes) => {
  test.each(codes.map((code) => [code.toString(16), character(code)]))('U+%s is not written', (__, bad) => {
    for (const written of [printable(`a${bad}b`), jsonText({ [`k${bad}`]: [`a${bad}b`] }, 2)])
      expect(written).not.toContain(bad === '\n' ? 'a\n' : bad);
    expect(JSON.parse(jsonText([`a${bad}b`]))).toEqual([`a${bad}b`]);
    if (bad !== '\n') expect(onlyLinesAndColours(`a${bad}b`)).not.toContain(bad);
  });
});

test('is shown as a space or as JSON would write it', () => {
  expect(printable('a\r\n\tb\u202ec\u{e0041}\x9b2J')).toBe('a b\\u202ec\\udb40\\udc41 2J');
  expect(printable('\u0301a')).toBe('\\u0301a');
  expect(jsonText({ a: '\u202e\x9b\x1b\n' })).toBe('{"a":"\\u202e\\u009b\\u001b\\n"}');
  expect(onlyLinesAndColours('a\n\x1b[31mb\x1b[39m\x1b[2J\x07\u200b')).toBe(
    'a\n\x1b[31mb\x1b[39m [2J \\u200b',
  );
});

test.each(KEPT)('%s is shown as it is', (text) => {
  expect(printable(`x${text}y`)).toBe(`x${text}y`);
  expect(jsonText(`x${text}y`)).toBe(`"x${text}y"`);
});
