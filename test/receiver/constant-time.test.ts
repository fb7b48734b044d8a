import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../receiver');
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, readFileSync(resolve(folder, name), 'utf8')]),
);

describe('the sources of the receiver', () => {
  it('compare texts by timingSafeEqual, in one place', () => {
    const places = [...sources].filter(([, source]) => source.includes('timingSafeEqual('));

    assert.deepEqual(
      places.map(([name]) => name),
      ['same-text.ts'],
    );
  });

  it('compare every digest they make there, and by nothing that may stop early', () => {
    const makers = [...sources].filter(([, source]) => source.includes('createHmac('));

    assert.deepEqual(makers.map(([name]) => name).sort(), ['hex-signature.ts', 'verify-standard-request.ts']);
    for (const [name, source] of makers) {
      assert.match(source, /sameText\((?:header|signature), /, name);
      const compared = /(?:digest|expected)\b\s*(?:[!=]==?|\.)|[!=]==?[^;\n]*\b(?:digest|expected)\b/;
      assert.doesNotMatch(source, compared, name);
    }
  });
});
