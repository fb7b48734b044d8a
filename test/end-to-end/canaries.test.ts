/** Secrets stay where they belong: each is a text of its own here, and is looked for wherever it must not be. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changeSecrets, makeMistakes, readEverything, reportEvents, useHooks } from './canary-acts.ts';
import { canaries } from './canary-peers.ts';
import { filesOf, placesWith, rowsOf, workflowsOf, type Place } from './canary-places.ts';
import { home, makeHooks, owner, startScene, type Scene, type SceneHook } from './canary-scene.ts';

describe('the secrets of hooks', function () {
  this.timeout(300_000);
  let scene: Scene;
  let hooks: readonly SceneHook[];
  let rows: readonly Place[];
  let workflows: readonly Place[];

  before(async () => {
    scene = await startScene();
    hooks = await makeHooks(scene);
    await scene.settled();
    await reportEvents(scene);
    await useHooks(scene, hooks);
    await makeMistakes(scene, hooks);
    const gone = await changeSecrets(scene, hooks);
    await readEverything(
      scene,
      hooks.filter(({ path }) => path !== gone),
    );
    const { addresses } = scene.installation;
    rows = await rowsOf(addresses.databaseUrl);
    workflows = await workflowsOf(addresses.temporal);
  });
  after(() => scene?.stop());

  /** Every secret there is, those that were made and shown once among them. */
  const secrets = (): readonly string[] => [
    ...Object.values(canaries),
    ...scene.shown.keys(),
    scene.installation.secrets.encryptionKeys.split(':')[1] ?? '',
    scene.installation.secrets.platformToken,
  ];

  /** Where secrets are among some places, except where one is shown on purpose. */
  const leaks = (places: readonly Place[]): readonly string[] =>
    secrets().flatMap((secret) =>
      placesWith(
        secret,
        places.filter((place) => place !== scene.shown.get(secret)),
      ).map((name) => `${secret} in ${name}`),
    );

  it('reach whom they are meant for', () => {
    const { receiver, mails, people } = scene.peers;
    const arrived = (path: string) => receiver.arrivals.filter((arrival) => arrival.path.startsWith(path));
    const signedBy = (path: string, secret = '') =>
      arrived(path).filter(({ headers, body }) => {
        const digest = createHmac('sha256', secret).update(body).digest('hex');
        return [headers['x-hub-signature-256'], headers['x-hub-signature-256-previous']].includes(
          `sha256=${digest}`,
        );
      });
    const [listener, nickServ] = people;

    assert.ok(signedBy('/hook', canaries['web']).length > 0);
    assert.ok(signedBy('/hub', canaries['hub']).length > 0);
    assert.ok(arrived('/hook').some(({ headers }) => headers['x-canary'] === canaries['header']));
    assert.ok(arrived(`/slack/${canaries['slack']}`).length > 0);
    assert.ok(arrived(`/fails/${canaries['slack']}`).length > 0);
    assert.ok(arrived(`/discord/${canaries['discord']}`).length > 0);
    assert.ok(mails.mails.some(({ raw, user }) => raw.includes(`Approved: ${canaries['email']}`) && user));
    assert.ok(listener?.linesIn('#work').length);
    assert.ok(nickServ?.heard.some(({ line }) => line.includes(String(canaries['nickserv']))));
  });

  it('are in no reply, but for the one that shows what was made', () => {
    const { replies } = scene;

    assert.ok(replies.length > 300, `${replies.length} replies`);
    assert.ok(placesWith('visible-name', replies).length > 0);
    assert.ok(placesWith('Cannot POST ', replies).length > 0);
    assert.ok(placesWith('spam: Approved: ********', replies).length > 0);
    assert.equal(scene.shown.size, 2);
    assert.deepEqual(leaks(replies), []);
  });

  it('are in no line of the log, down to the finest', async () => {
    const log = { name: 'the log', text: await readFile(join(scene.dataDir, 'holdfast.log'), 'utf8') };

    assert.ok(log.text.includes('"level":20,'), 'nothing is logged below info');
    assert.ok(log.text.includes(String(hooks[0]?.id)));
    assert.deepEqual(leaks([log]), []);
  });

  it('are in no history and no search attribute of a workflow', () => {
    const found = placesWith(String(hooks[0]?.id), workflows);

    assert.ok(found.some((name) => name.startsWith('history of delivery/')));
    assert.ok(found.some((name) => name.startsWith('search attributes of delivery/')));
    assert.ok(placesWith(`${owner}/${home}`, workflows).length > 0);
    assert.deepEqual(leaks(workflows), []);
  });

  it('are in no column as they are', () => {
    assert.deepEqual(placesWith('visible-name', rows).toSorted(), [
      'table attempt',
      'table delivery',
      'table hook',
    ]);
    assert.deepEqual(leaks(rows), []);
  });

  it('are in no file that stays when everything has stopped', async () => {
    await scene.installation.end('SIGTERM');

    const files = await filesOf(scene.dataDir, ['secrets.json']);

    const holding = (text: string) => placesWith(text, files).join('\n');
    assert.match(holding('visible-name'), /postgres/);
    assert.match(holding(String(hooks[0]?.id)), /temporal/);
    assert.deepEqual(leaks(files), []);
  });
});
