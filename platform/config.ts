/**
 * The only reader of the environment: every variable is checked once at boot, and every fault is told in one message.
 * The summary for the log says whether a secret is set, never its value.
 */
import { z } from 'zod';
import { readMailFrom, type Mailbox } from './mail/mailbox.ts';
import { readSmtpUrl, type SmtpServer } from './mail/smtp-server-url.ts';
import { createAddressGuard } from './network/address-guard.ts';
import { parseEncryptionKeys, type NamedKey } from './secret-box.ts';

/** Runs a parser inside a schema: what it throws becomes the variable's fault. */
function parsedBy<Output>(parse: (text: string) => Output) {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

function parseTargets(text: string): readonly string[] {
  const allow = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  createAddressGuard({ allow });
  return allow;
}

/** Every variable, what it must look like, and its default. */
const environment = z.object({
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text),
      'must be postgresql://user:password@host:port/name, with what is special in them percent-encoded',
    ),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s/]+:\d{1,5}$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).max(200).default('holdfast'),
  HOLDFAST_PORT: wholeNumber(0, 65_535).default(3400),
  HOLDFAST_HOST: z.string().min(1).default('127.0.0.1'),
  HOLDFAST_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  HOLDFAST_PLATFORM_TOKEN: z.string().min(16).max(256).optional(),
  HOLDFAST_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  HOLDFAST_JWT_ISSUER: z.string().min(1).optional(),
  HOLDFAST_JWT_AUDIENCE: z.string().min(1).optional(),
  HOLDFAST_ENCRYPTION_KEYS: parsedBy(parseEncryptionKeys),
  HOLDFAST_ALLOW_TARGETS: parsedBy(parseTargets).default([]),
  HOLDFAST_HTTPS_ONLY: flag.default(false),
  HOLDFAST_SMTP_URL: parsedBy(readSmtpUrl).optional(),
  HOLDFAST_MAIL_FROM: parsedBy(readMailFrom).optional(),
  HOLDFAST_GROUP_THRESHOLD: wholeNumber(0, 100_000).default(50),
  HOLDFAST_HOLD_DAYS: wholeNumber(1, 365).default(14),
  HOLDFAST_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  HOLDFAST_WORKFLOW_SAFEGUARDS: flag.default(false),
  HOLDFAST_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

type Environment = z.output<typeof environment>;

/** What a process of Holdfast is told from outside. */
export interface Config {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly taskQueue: string };
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | undefined };
  readonly platformToken: string | undefined;
  /** How the platform's own JWTs are checked; undefined when it sends none. */
  readonly jwt: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string } | undefined;
  readonly encryptionKeys: readonly NamedKey[];
  /** CIDRs, addresses and hosts that hooks may reach besides the public internet. */
  readonly allowTargets: readonly string[];
  readonly httpsOnly: boolean;
  /** The mail server that sends for Holdfast, and as whom; undefined where there is none. */
  readonly mail: { readonly server: SmtpServer; readonly from: Mailbox } | undefined;
  /** Deliveries that may wait to be started before they go in groups; 0 means that they never do. */
  readonly groupThreshold: number;
  readonly holdDays: number;
  readonly retentionDays: number;
  /** Heeded by `worker/lean-workflows.ts`, which is loaded before anything else and reads it by itself. */
  readonly workflowSafeguards: boolean;
  readonly logLevel: Environment['HOLDFAST_LOG_LEVEL'];
}

/** Thrown when the environment will not do; its message lists every fault. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`The environment is not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Variables of which one means nothing without the others. */
const together = [
  ['HOLDFAST_JWKS_URL', 'HOLDFAST_JWT_ISSUER', 'HOLDFAST_JWT_AUDIENCE'],
  ['HOLDFAST_SMTP_URL', 'HOLDFAST_MAIL_FROM'],
];

/** The names of the variables that Holdfast reads. */
export const variableNames: readonly string[] = Object.keys(environment.shape);

/**
 * Reads and checks the environment. An empty variable counts as absent.
 *
 * @throws ConfigError with every fault at once
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    faults.push(
      'NODE_TLS_REJECT_UNAUTHORIZED: must not be 0, because it would switch off certificate checks everywhere',
    );
  }
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  for (const names of together) {
    const missing = names.filter((name) => present[name] === undefined);
    if (missing.length === names.length) continue;
    for (const name of missing) faults.push(`${name}: is missing; ${names.join(', ')} go together`);
  }
  const checked = environment.safeParse(present);
  if (!checked.success) {
    for (const issue of checked.error.issues) {
      const name = String(issue.path[0]);
      faults.push(`${name}: ${present[name] === undefined ? 'is missing' : issue.message}`);
    }
  }
  if (!checked.success || faults.length > 0) throw new ConfigError(faults);
  return toConfig(checked.data);
}

function toConfig(values: Environment): Config {
  return {
    databaseUrl: values.DATABASE_URL,
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.TEMPORAL_TASK_QUEUE,
    },
    http: { host: values.HOLDFAST_HOST, port: values.HOLDFAST_PORT, publicUrl: values.HOLDFAST_PUBLIC_URL },
    platformToken: values.HOLDFAST_PLATFORM_TOKEN,
    jwt: toJwt(values),
    encryptionKeys: values.HOLDFAST_ENCRYPTION_KEYS,
    allowTargets: values.HOLDFAST_ALLOW_TARGETS,
    httpsOnly: values.HOLDFAST_HTTPS_ONLY,
    mail: toMail(values),
    groupThreshold: values.HOLDFAST_GROUP_THRESHOLD,
    holdDays: values.HOLDFAST_HOLD_DAYS,
    retentionDays: values.HOLDFAST_RETENTION_DAYS,
    workflowSafeguards: values.HOLDFAST_WORKFLOW_SAFEGUARDS,
    logLevel: values.HOLDFAST_LOG_LEVEL,
  };
}

function toMail(values: Environment): Config['mail'] {
  const { HOLDFAST_SMTP_URL: server, HOLDFAST_MAIL_FROM: from } = values;
  return server === undefined || from === undefined ? undefined : { server, from };
}

function toJwt(values: Environment): Config['jwt'] {
  const { HOLDFAST_JWKS_URL: jwksUrl, HOLDFAST_JWT_ISSUER: issuer, HOLDFAST_JWT_AUDIENCE: audience } = values;
  return jwksUrl === undefined || issuer === undefined || audience === undefined
    ? undefined
    : { jwksUrl, issuer, audience };
}

/** The configuration as it may be logged: secrets are only said to be set or not. */
export function summarise(config: Config): Readonly<Record<string, unknown>> {
  const database = new URL(config.databaseUrl);
  return {
    database: `${database.hostname}:${database.port}${database.pathname}`,
    temporal: config.temporal,
    http: config.http,
    platformToken: config.platformToken === undefined ? 'not set' : 'set',
    jwt: config.jwt ?? 'not set',
    encryptionKeys: config.encryptionKeys.map(({ name }) => name),
    allowTargets: config.allowTargets,
    httpsOnly: config.httpsOnly,
    mail:
      config.mail === undefined
        ? 'not set'
        : { server: `${config.mail.server.host}:${config.mail.server.port}`, from: config.mail.from.address },
    groupThreshold: config.groupThreshold,
    holdDays: config.holdDays,
    retentionDays: config.retentionDays,
    workflowSafeguards: config.workflowSafeguards,
  };
}
