/** What owners hear of their hooks: from the receiver that fails to the receivers and the mailbox that are told. */
import assert from 'node:assert/strict';
import { simpleParser } from 'mailparser';
import { tellWaitingNotices } from '#intake/tell-notices.ts';
import { countOf } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';

const operational = ['hook.failing', 'hook.disabled', 'hook.recovered', 'delivery.exhausted'];
const deadlineMs = 30_000;

describe('the owner of a hook', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let mails: MailServer;
  let repository: OwnedRepository;
  let broken: Receiver;
  let told: Receiver;
  let indifferent: Receiver;

  before(async () => {
    mails = await startMailServer();
    holdfast = await startHoldfast({
      env: {
        HOLDFAST_SMTP_URL: `smtp://127.0.0.1:${mails.port}?tls=optional`,
        HOLDFAST_MAIL_FROM: 'Holdfast <noreply@holdfast.example>',
      },
    });
  });
  after(async () => {
    await holdfast.stop();
    await mails.close();
  });
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    [broken, told, indifferent] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  });
  afterEach(() => Promise.all([broken, told, indifferent].map((receiver) => receiver.stop())));

  const send = async (): Promise<string> => (await sendEvent(holdfast, repository)).id;
  const enable = (id: string) =>
    holdfast.call('PATCH', `/api/webhooks/${id}`, { token: repository.token, body: { active: true } });
  const typeOf = ({ headers }: Arrival): string => String(headers['x-sigmagit-event']);
  const bodyOf = ({ body }: Arrival) => JSON.parse(body.toString('utf8'));
  const noneWaits = () =>
    eventually('every notice is told and delivered', async () => {
      const { pool } = holdfast.database;
      await tellWaitingNotices(pool);
      const open = await countOf(pool, 'delivery', `settled_at is null and event_type like '%.%'`);
      return (await countOf(pool, 'notice')) + open === 0 ? true : undefined;
    });

  it('is told once of each that its hook fails, gives up, is disabled and recovers', async () => {
    const hook = await makeHook(holdfast, repository, {
      url: `${broken.url}?secret=in-the-address`,
      events: ['star.added'],
      schedule: [1, 1],
    });
    await makeHook(holdfast, repository, { url: told.url, events: operational });
    await makeHook(holdfast, repository, { url: indifferent.url, events: ['*'] });
    broken.answer(500);

    await send();
    await told.arrived(3, { deadlineMs });
    broken.answer(200);
    await enable(hook.id);
    await send();
    await told.arrived(4, { deadlineMs });
    await noneWaits();

    assert.deepEqual(told.arrivals.map(typeOf).toSorted(), operational.toSorted());
    assert.deepEqual(indifferent.arrivals.map(typeOf), ['star.added', 'star.added']);
    const disabled = bodyOf(told.arrivals.find((one) => typeOf(one) === 'hook.disabled') as Arrival);
    const { id: deliveryId, ...delivery } = disabled.delivery;
    assert.deepEqual(
      [disabled.type, disabled.disabledReason, disabled.webhook.id, disabled.webhook.host],
      ['hook.disabled', 'delivery_exhausted', hook.id, `127.0.0.1:${broken.port}`],
    );
    assert.deepEqual(delivery, {
      eventType: 'star.added',
      attempts: 3,
      lastOutcome: 'http_5xx',
      lastStatus: 500,
    });
    assert.equal(typeof deliveryId, 'string');
    for (const { body } of told.arrivals) assert.doesNotMatch(body.toString('utf8'), /in-the-address/);
    const events = await holdfast.call('GET', `/repos/${repository.owner}/${repository.name}/events`, {
      token: repository.token,
    });
    assert.equal(events.body.length, 2);
  });

  it('is not told of the trouble of the hook that should tell it', async () => {
    await makeHook(holdfast, repository, { url: broken.url, events: ['star.added'], schedule: [] });
    const teller = await makeHook(holdfast, repository, {
      url: told.url,
      events: operational,
      schedule: [1],
    });
    const other = await makeHook(holdfast, repository, { url: indifferent.url, events: operational });
    broken.answer(410);
    told.answer(500);

    await send();
    const [heard] = await indifferent.arrived(1, { deadlineMs });
    await eventually(
      'the hook that should tell is disabled',
      async () => {
        const { body } = await holdfast.call('GET', `/api/webhooks/${teller.id}`, {
          token: repository.token,
        });
        return body.data.active ? undefined : true;
      },
      deadlineMs,
    );
    await noneWaits();

    assert.equal(typeOf(heard as Arrival), 'hook.disabled');
    assert.notEqual(bodyOf(heard as Arrival).webhook.id, other.id);
    assert.equal(indifferent.arrivals.length, 1);
    assert.equal(told.arrivals.length, 2);
  });

  it('gets mail at the address of the repository, which says what to do', async () => {
    const address = `ops@${repository.owner}.example`;
    const answer = await holdfast.call('PUT', repository.path, { body: { noticeEmail: address } });
    await makeHook(holdfast, repository, { url: broken.url, events: ['star.added'] });
    broken.answer(410);

    await send();
    const mail = await eventually(
      'a mail has come',
      async () => mails.mails.find(({ to }) => to.includes(address)),
      deadlineMs,
    );

    assert.equal(answer.body.data.noticeEmail, address);
    const { subject, text = '' } = await simpleParser(mail.raw);
    assert.equal(subject, `[${repository.owner}/hello] The webhook to 127.0.0.1:${broken.port} was disabled`);
    assert.match(text, /What happened: .*gone for good[^]*What happens next: [^]*What to do: .*active again/);
    const { body } = await holdfast.call('GET', `${repository.path}/webhooks`, { token: repository.token });
    assert.deepEqual(
      body.data.map(({ service }: { service: string }) => service),
      ['web'],
    );
  });
});
