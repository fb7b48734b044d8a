/** The service `web`: hands each event itself to a receiver of one's own, signed. Says nothing of bodies. */
import { hookLimits } from '../limits.ts';
import type { ForwardService } from './service.ts';
import { checkWebAddress } from './web-address.ts';

/** The declaration of `web`. */
export const web: ForwardService = {
  kind: 'forward',
  name: 'web',
  title: 'Web',
  settings: [
    {
      name: 'url',
      type: 'string',
      required: true,
      longest: hookLimits.urlLength,
      description: 'The address that events are sent to.',
    },
    {
      name: 'content_type',
      type: 'string',
      choices: ['json', 'form'],
      description:
        'How the payload is sent: `json` as the body, `form` as the field `payload`; `form` if not set.',
    },
    { name: 'secret', type: 'password', description: 'The key that requests are signed with.' },
    {
      name: 'insecure_ssl',
      type: 'boolean',
      description: "True to send without looking at the receiver's certificate.",
    },
  ],
  supportedEvents: 'all',
  defaultEvents: ['push'],
  check: (settings) => checkWebAddress(settings, 'url'),
};
