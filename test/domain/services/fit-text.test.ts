import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { firstLine, fitBytes, fitText, oneLine, plainLines, utf8Bytes } from '#domain/services/fit-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('text brought to the room that there is for it', () => {
  it('stays as it is when there is room', () => {
    assert.equal(fitText('abc', 3), 'abc');
    assert.equal(fitBytes('äöü', 6), 'äöü');
  });

  it('is cut with an ellipsis that is counted in', () => {
    assert.equal(fitText('abcd', 3), 'ab…');
    assert.equal(fitBytes('abcdef', 5), 'ab…');
    assert.equal(fitText('abc', 1), '…');
  });

  it('is cut between characters and never within an escape', () => {
    assert.equal(fitText('a😀b', 3), 'a…');
    assert.equal(fitBytes('äöü', 5), 'ä…');
    assert.equal(
      fitText('a<b', 6, (character) => (character === '<' ? '&lt;' : character)),
      'a&lt;b',
    );
    assert.equal(
      fitText('a<b', 5, (character) => (character === '<' ? '&lt;' : character)),
      'a…',
    );
  });

  it('keeps to its bound, whatever it is', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 70 }), (text, most) => {
        assert.ok(fitText(text, most, (character) => `\\${character}`).length <= most);
        assert.ok(Buffer.byteLength(fitBytes(text, most)) <= most);
      }),
    );
  });

  it('is measured as it is sent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(utf8Bytes(text), Buffer.byteLength(text));
      }),
    );
  });

  it('has no line ends, control characters and turns of direction in one line', () => {
    assert.equal(oneLine(' a\r\n\tb\0\u0085\u2028c\u2067d '), 'a b c d');
    assert.equal(firstLine('\n\n first \u0003line\rsecond'), 'first line');
    assert.equal(firstLine(''), '');
  });

  it('ends its lines by line feeds alone where it has several', () => {
    assert.equal(plainLines('a\r\nb\rc\n\n\td\0\u001b[0m\n'), 'a\nb\nc\n\n\td[0m');
  });
});
