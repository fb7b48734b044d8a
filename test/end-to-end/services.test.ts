/** A repository's events on their way to people: by mail, on IRC, to Slack and Discord. Real servers at the other end. */
import assert from 'node:assert/strict';
import { simpleParser } from 'mailparser';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { joinIrc, type IrcPerson } from '../support/irc-person.ts';
import { startPlainIrcServer } from '../support/plain-irc-server.ts';
import { refusal, startMailServer, type MailServer, type MailServerFaults } from '../support/mail-server.ts';
import {
  issuePayload,
  makeRepository,
  pushPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const schedule = [1, 1, 1, 1, 1];

describe('services', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let mails: MailServer;
  let faults: MailServerFaults = {};
  let repository: OwnedRepository;

  before(async () => {
    mails = await startMailServer({
      onRcpt: (address, done) => (faults.onRcpt ?? ((_, next) => next()))(address, done),
      onMail: (mail, done) => (faults.onMail ?? ((_, next) => next()))(mail, done),
    });
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
    faults = {};
    repository = await makeRepository(holdfast);
  });

  /** Installs a service with a short schedule; answers the hook's id in the other dialect. */
  const install = async (name: string, config: object, events?: string[]): Promise<string> => {
    const { owner, name: repo, token, path } = repository;
    const made = await holdfast.call('POST', `/repos/${owner}/${repo}/hooks`, {
      token,
      body: { name, config, ...(events === undefined ? {} : { events }) },
    });
    assert.equal(made.status, 201, made.text);
    const { body } = await holdfast.call('GET', `${path}/webhooks`, { token });
    const hook = body.data.find(({ service }: { service: string }) => service === name);
    await holdfast.call('PATCH', `/api/webhooks/${hook.id}`, { token, body: { schedule } });
    return hook.id as string;
  };

  const push = () => sendEvent(holdfast, repository, 'push', pushPayload(repository));

  /** The one delivery of an event, with its attempts, once it has ended. */
  const ended = async ({ deliveries: [delivery] }: Awaited<ReturnType<typeof push>>) =>
    eventually('the delivery has ended', async () => {
      const { body } = await holdfast.call('GET', `/api/deliveries/${delivery?.id}`, {
        token: repository.token,
      });
      return body.data.settledAt === null ? undefined : body.data;
    });

  describe('by e-mail', () => {
    const mailsTo = (address: string) => mails.mails.filter(({ to }) => to.includes(address));

    it('bring one mail for both addresses, which says what was pushed', async () => {
      await install('email', { address: 'ann@one.example bob@one.example', secret: 'canary-approved' });

      const delivery = await ended(await push());

      assert.equal(delivery.state, 'delivered');
      const [mail, ...others] = mailsTo('ann@one.example');
      assert.ok(mail);
      assert.deepEqual([mail.to, others], [['ann@one.example', 'bob@one.example'], []]);
      const parsed = await simpleParser(mail.raw);
      assert.equal(parsed.subject, `[${repository.owner}/hello] aaaaaaa: Close the window`);
      assert.match(parsed.text ?? '', /refs\/heads\/main|main/);
      assert.match(parsed.text ?? '', /Close the window/);
      assert.equal(parsed.headers.get('approved'), 'canary-approved');
      assert.equal(parsed.messageId, `<${parsed.messageId?.slice(1).split('@')[0]}@holdfast.example>`);
      assert.doesNotMatch(JSON.stringify(delivery), /canary/);
    });

    it('try an address again that was put off, and only that one', async () => {
      let asked = 0;
      faults = {
        onRcpt: (address, done) => {
          if (address !== 'grey@two.example') return done();
          asked += 1;
          return done(asked === 1 ? refusal(450, 'come back later') : undefined);
        },
      };
      await install('email', { address: 'ann@two.example grey@two.example' });

      const delivery = await ended(await push());

      assert.deepEqual(
        delivery.attempts.map(({ outcome }: { outcome: string }) => outcome),
        ['smtp_4xx', 'delivered'],
      );
      assert.equal(mailsTo('ann@two.example').length, 1);
      assert.equal(mailsTo('grey@two.example').length, 1);
      const ids = await Promise.all(
        [...mailsTo('ann@two.example'), ...mailsTo('grey@two.example')].map(
          async ({ raw }) => (await simpleParser(raw)).messageId,
        ),
      );
      assert.equal(new Set(ids).size, 1);
    });

    it('end as rejected when an address is refused for good, and the hook stays on', async () => {
      faults = {
        onRcpt: (address, done) =>
          done(address === 'nobody@three.example' ? refusal(550, 'no such user') : undefined),
      };
      const hookId = await install('email', { address: 'ann@three.example nobody@three.example' });

      const delivery = await ended(await push());

      assert.deepEqual(
        [delivery.state, delivery.attempts.length, delivery.attempts[0].statusCode],
        ['rejected', 1, 550],
      );
      assert.equal(mailsTo('ann@three.example').length, 1);
      const { body } = await holdfast.call('GET', `/api/webhooks/${hookId}`, { token: repository.token });
      assert.deepEqual([body.data.active, body.data.failureCount], [true, 1]);
    });
  });

  describe('on IRC', () => {
    it('say in the room what was pushed', async () => {
      const server = await startPlainIrcServer();
      let person: IrcPerson | undefined;
      try {
        person = await joinIrc(server.port, 'listener');
        await person.settle('JOIN #hello');
        await install('irc', {
          server: '127.0.0.1',
          port: String(server.port),
          room: 'hello',
          nick: 'holdfast',
          no_colors: true,
        });

        const delivery = await ended(await push());

        assert.equal(delivery.state, 'delivered', JSON.stringify(delivery.attempts));
        const said = person.linesIn('#hello').map(({ line }) => line);
        assert.match(said[0] ?? '', /\[hello\] \S+ created branch main with 1 new commit/);
        assert.match(said[1] ?? '', /aaaaaaa .*Close the window/);
        assert.match(delivery.attempts[0].request.body, /with 1 new commit/);
      } finally {
        person?.leave();
        await server.kill();
      }
    });
  });

  describe('to chat services', () => {
    let receiver: Receiver;
    beforeEach(async () => {
      receiver = await startReceiver();
    });
    afterEach(() => receiver.stop());

    it('reach Slack after a line that says it is connected', async () => {
      await install('slack', { url: `${receiver.url}/canary` }, ['issues']);
      await receiver.arrived(1);

      const delivery = await ended(
        await sendEvent(holdfast, repository, 'issues.opened', issuePayload(repository)),
      );

      const [, issue] = await receiver.arrived(2);
      const body = JSON.parse(String(issue?.body));
      assert.equal(body.text, `${repository.owner}/hello: opened`);
      assert.match(body.attachments[0].title, /It rains/);
      assert.equal(delivery.state, 'delivered');
      assert.doesNotMatch(JSON.stringify(delivery), /canary/);
    });

    it('wait for as long as Discord says in its reply', async () => {
      await install('discord', { url: receiver.url }, ['push']);
      await receiver.arrived(1);
      receiver.answer(
        (response) => response.writeHead(429).end(JSON.stringify({ retry_after: 2.5, global: false })),
        204,
      );

      const delivery = await ended(await push());

      assert.equal(delivery.state, 'delivered');
      const [, first, second] = await receiver.arrived(3);
      assert.ok(Number(second?.at) - Number(first?.at) >= 2500);
    });
  });
});
