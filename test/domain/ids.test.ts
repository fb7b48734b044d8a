import assert from 'node:assert/strict';
import { defaultTaskQueue, deliveryWorkflowId, isUuid, searchAttributes } from '#domain/ids.ts';

const id = '019aab2c-7d3e-7c4f-8a5b-6c7d8e9f0a1b';

describe('ids', () => {
  it('name the workflow of a delivery after it', () => {
    assert.equal(deliveryWorkflowId(id, 0), `delivery/${id}`);
  });

  it('name the workflow of a redelivery after its run', () => {
    assert.equal(deliveryWorkflowId(id, 1), `delivery/${id}/r1`);
    assert.equal(deliveryWorkflowId(id, 12), `delivery/${id}/r12`);
  });

  it('fit what Temporal keeps in its columns', () => {
    assert.ok(deliveryWorkflowId(id, 2_147_483_647).length <= 255);
  });

  it('keep the names that others know: task queue and search attributes', () => {
    assert.equal(defaultTaskQueue, 'holdfast');
    assert.deepEqual(searchAttributes, {
      HoldfastRepository: 'Keyword',
      HoldfastHook: 'Keyword',
      HoldfastEvent: 'Keyword',
    });
  });

  const strangers = [
    ['upper-case letters', id.toUpperCase()],
    ['braces', `{${id}}`],
    ['no hyphens', id.replaceAll('-', '')],
    ['a digit too few', id.slice(0, -1)],
    ['a digit too many', `${id}0`],
    ['a line break at its end', `${id}\n`],
    ['a letter past f', id.replace('a', 'g')],
    ['nothing in it', ''],
  ] as const;
  for (const [what, text] of strangers) {
    it(`take a text with ${what} for no UUID`, () => {
      assert.equal(isUuid(text), false);
    });
  }

  it('take the canonical form for a UUID', () => {
    assert.equal(isUuid(id), true);
  });
});
