/**
 * Renders an accepted event for receivers of the GitHub dialect.
 * It must never touch a payload that came in this dialect already, nor fail for one that was accepted.
 */
import { isOperational } from '../operational-events.ts';
import { gatewayName } from './event-name.ts';
import { isJsonObject, type JsonObject } from './field-readers.ts';
import { renderForkEvent } from './fork-event.ts';
import { renderIssueEvent } from './issue-event.ts';
import { renderNoticeEvent } from './notice-event.ts';
import { renderCommitEvent, renderPlainEvent } from './plain-event.ts';
import { renderPullRequestEvent } from './pull-request-event.ts';
import { renderPushEvent } from './push-event.ts';
import { renderStarEvent, renderWatchEvent } from './star-event.ts';

/** An event as receivers of the GitHub dialect get it. */
export interface RenderedEvent {
  /** The name receivers know it by: `issues`, `push`, `watch`. */
  readonly name: string;
  readonly payload: JsonObject;
}

/** True for a parsed payload in the GitHub dialect: its repository has a `full_name`. */
export function isGatewayPayload(payload: unknown): boolean {
  if (!isJsonObject(payload) || !isJsonObject(payload['repository'])) return false;
  return Object.hasOwn(payload['repository'], 'full_name');
}

/**
 * Renders an event. A payload in the GitHub dialect comes out as it went in, though parsed: whoever owes a receiver
 * the bytes sends the text.
 *
 * @param event its type and the text of its payload, which is JSON
 */
export function renderEvent(event: { readonly type: string; readonly payload: string }): RenderedEvent {
  const { name } = gatewayName(event.type);
  const parsed: unknown = JSON.parse(event.payload);
  const source = isJsonObject(parsed) ? parsed : {};
  return { name, payload: isGatewayPayload(source) ? source : renderPayload(event.type, source) };
}

function renderPayload(type: string, source: JsonObject): JsonObject {
  const { name, action } = gatewayName(type);
  switch (name) {
    case 'issues':
      return renderIssueEvent(source, action ?? '');
    case 'pull_request':
      return renderPullRequestEvent(source, type === 'pull_request.merged' ? 'merged' : (action ?? ''));
    case 'push':
      return renderPushEvent(source);
    case 'commit':
      return renderCommitEvent(source);
    case 'watch':
      return renderWatchEvent(source);
    case 'star':
      return renderStarEvent(source);
    case 'fork':
      return renderForkEvent(source);
    default:
      return isOperational(type) ? renderNoticeEvent(source) : renderPlainEvent(source, action);
  }
}
