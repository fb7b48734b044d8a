/** Makes the transports of a process as its configuration asks for them. Opens no connection. */
import { createHttpTransport } from '#activities/transports/http/http-transport.ts';
import { createIrcTransport } from '#activities/transports/irc/irc-transport.ts';
import type { Transports } from '#activities/transports/send-message.ts';
import { createSmtpTransport, type SmtpTransport } from '#activities/transports/smtp/smtp-transport.ts';
import type { Config } from '#platform/config.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';

/** Makes the transports. */
export function createTransports(config: Config): Transports {
  const guard = createAddressGuard({ allow: config.allowTargets });
  return {
    http: createHttpTransport({ guard }),
    smtp: createMail(config),
    irc: createIrcTransport({ guard }),
  };
}

/** The operator's own server may be reached wherever it is; the word of no hook leads there. */
function createMail({ mail, allowTargets }: Config): SmtpTransport | undefined {
  if (mail === undefined) return undefined;
  const { server, from } = mail;
  const guard = createAddressGuard({ allow: [...allowTargets, server.host] });
  return createSmtpTransport({ server, from, guard });
}
