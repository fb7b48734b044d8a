/** Checks what callers and producers send against schemas, and says in one way what is wrong with it. */
import type { z } from 'zod';
import { refuseFields } from '#domain/refusals.ts';

/**
 * Checks a value against a schema.
 *
 * @param whole what to call the value itself when the fault is not in one of its fields
 * @throws Refusal 422 with the path of each field at fault
 */
export function checkWith<Output>(schema: z.ZodType<Output>, value: unknown, whole: string): Output {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw refuseFields(
    checked.error.issues.flatMap((issue) => {
      const path = issue.path.map(String).join('.');
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          message: 'There is no such field',
        }));
      }
      return [{ path: path === '' ? whole : path, message: issue.message }];
    }),
  );
}
