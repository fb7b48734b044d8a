/**
 * Asks the API process in the same container how it is: ends with 0 when it says 200, with 1 otherwise.
 * `node deploy/probe.ts /healthz` asks whether it lives, `/readyz` whether it can work.
 */
const deadlineMs = 4000;
const [path = '/healthz'] = process.argv.slice(2);
const port = process.env['HOLDFAST_PORT'] || '3400';

try {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(deadlineMs),
  });
  process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${path} does not answer: ${String(error)}\n`);
  process.exitCode = 1;
}
