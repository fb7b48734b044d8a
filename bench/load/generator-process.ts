/** The generator, as a process of its own, so that nothing else delays what is due. */
import { serveRemote } from '../processes/remote.ts';
import { postSigned } from './post-signed.ts';
import { sendLoad } from './send-load.ts';

const services = { sendLoad, postSigned };

/** What the generator can be told to do. */
export type GeneratorServices = typeof services;

serveRemote(services);
