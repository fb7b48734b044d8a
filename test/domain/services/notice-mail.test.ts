import assert from 'node:assert/strict';
import { exampleNotice } from '#domain/notices.ts';
import { operationalEvents, type OperationalType } from '#domain/operational-events.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { email } from '#domain/services/email.ts';
import type { MailMessage } from '#domain/services/service.ts';

function mailOf(type: OperationalType, payload: object): MailMessage {
  const event = { type, payload: JSON.stringify(payload) };
  const message = email.compose(
    { ...renderEvent(event), deliveryId: 'd-1', acceptedAt: '2026-01-02T03:04:05Z' },
    { address: 'ops@example.com' },
  );
  assert.equal(message.transport, 'smtp');
  return message;
}

describe('the mail of a notice', () => {
  const subjects: Readonly<Record<OperationalType, string>> = {
    'hook.failing': '[octo/hello] The webhook to example.com is failing',
    'hook.disabled': '[octo/hello] The webhook to example.com was disabled',
    'hook.recovered': '[octo/hello] The webhook to example.com works again',
    'delivery.exhausted': '[octo/hello] A delivery to example.com was given up',
  };
  for (const { type } of operationalEvents) {
    it(`of ${type} says what happened, what happens next and what to do`, () => {
      const { subject, text, recipients } = mailOf(type, exampleNotice(type));

      assert.equal(subject, subjects[type]);
      assert.deepEqual(recipients, ['ops@example.com']);
      assert.match(
        text,
        /^What happened: .+\.\n\nWhat happens next: .+\.\n\nWhat to do: .+\.\n\nRepository: octo\/hello\n/,
      );
      assert.doesNotMatch(text, /unknown/);
    });
  }

  it('tells the last answer of the receiver and why its hook was disabled', () => {
    const { text } = mailOf('hook.disabled', exampleNotice('hook.disabled'));

    assert.match(
      text,
      /all retries of a delivery have failed.*The receiver failed to handle the delivery\..*status 503\./,
    );
  });

  it('is made of a payload that holds nothing that it expects, too', () => {
    const { subject, text } = mailOf('hook.failing', { webhook: 7, delivery: { lastOutcome: '__proto__' } });

    assert.equal(subject, '[unknown] The webhook to the service unknown is failing');
    assert.match(text, /It is not known why\./);
  });
});

describe('a notice', () => {
  it('tells no more of an address than its host', () => {
    const { webhook } = exampleNotice('hook.failing') as { readonly webhook: object };

    assert.deepEqual(webhook, {
      id: '01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe',
      number: 7,
      service: 'web',
      host: 'example.com',
    });
  });
});
