/** Holdfast for tests of the API: every call checks its reply against the OpenAPI document. */
import { startHoldfast, type TestHoldfast, type TestOptions } from '../support/holdfast.ts';
import { createReplyChecker, type OpenApiDocument, type ReplyChecker } from './reply-checker.ts';

/** A running Holdfast whose replies are checked. */
export interface CheckedHoldfast extends TestHoldfast {
  readonly document: OpenApiDocument;
  /** Checks a reply that was not fetched by `call`. */
  readonly checkReply: ReplyChecker;
}

/** Starts Holdfast, without its engine unless asked for. */
export async function startChecked(options: TestOptions = { engine: false }): Promise<CheckedHoldfast> {
  const holdfast = await startHoldfast(options);
  const { body } = await holdfast.call('GET', '/openapi.json');
  const document = body as OpenApiDocument;
  const checkReply = createReplyChecker(document, [holdfast.platformToken]);
  return {
    ...holdfast,
    document,
    checkReply,
    call: async (method, path, callOptions) => {
      const answer = await holdfast.call(method, path, callOptions);
      checkReply(method, path, answer);
      return answer;
    },
  };
}
