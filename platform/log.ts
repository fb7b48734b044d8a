/**
 * Structured log lines for every process, one JSON object a line on standard error's sibling, standard output.
 * Never given secrets or payloads; the redaction here is the second net, not the first.
 */
import { pino, type Logger } from 'pino';
import { loggableError } from './loggable-error.ts';

/** The logger that is handed to everything that writes lines. */
export type Log = Logger;

/**
 * Makes the logger of a process.
 *
 * @param file where lines go instead of standard output
 */
export function createLog(level: string, file?: string): Log {
  const options = {
    level,
    base: null,
    serializers: { err: loggableError },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.authorization', '*.Authorization', '*.secret', '*.token', '*.password'],
      censor: '********',
    },
  };
  return file === undefined ? pino(options) : pino(options, pino.destination({ dest: file, sync: false }));
}
