/**
 * What a service is: a name, typed settings, the events it can carry, and how an event becomes what is sent.
 * One declaration a service; validation, the catalogue, masking and the forms are derived from it, never repeated.
 */

/** The type of a setting. A `password` is kept encrypted and never shown again. */
export type SettingType = 'string' | 'password' | 'boolean';

/** One setting of a service. */
export interface SettingDeclaration {
  readonly name: string;
  readonly type: SettingType;
  /** One sentence for people who fill it in. */
  readonly description: string;
  readonly required?: boolean;
  /** The only values it may have; any text if absent. */
  readonly choices?: readonly string[];
  /** The most UTF-16 units it may have: 255 if absent. */
  readonly longest?: number;
  /** For a text of which a part is secret: it is kept encrypted like a password, and shown without that part. */
  readonly secretPart?: SecretPart;
}

/** What knows the secret part of a text. */
export interface SecretPart {
  /** The text with its secrets masked. */
  readonly hide: (text: string) => string;
  /** The text with each mask replaced by the secret that was there before; a mask for which there is none stays. */
  readonly restore: (text: string, previous: string) => string;
}

/**
 * A hook's settings by name, as they are kept: text whose white space was reduced to single spaces, passwords as they
 * came, booleans; what was not given is absent.
 */
export type Settings = Readonly<Record<string, string | boolean>>;

/** What is wrong with a setting. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

/** An event as services see it: in the SocialGateway shape, nothing in it trusted to be there or of its type. */
export interface ServiceEvent {
  /** The name receivers know it by: `issues`, `push`, `watch`. */
  readonly name: string;
  /** Its payload, parsed. */
  readonly payload: unknown;
  /** The delivery's id, the same on every attempt. */
  readonly deliveryId: string;
  /** When the event was accepted, ISO 8601. */
  readonly acceptedAt: string;
}

/** A POST. Its URL and header values may be secrets; its body never holds one. */
export interface HttpMessage {
  readonly transport: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string;
}

/** A mail. Whatever the texts hold, none of them can end a line of the header. */
export interface MailMessage {
  readonly transport: 'smtp';
  /** One or two addresses; one mail for all. */
  readonly recipients: readonly string[];
  /** Shown beside the operator's own From address; absent for the operator's own name. */
  readonly senderName?: string;
  readonly replyTo?: string;
  /** The value of the `Approved:` header, a secret. */
  readonly approved?: string;
  readonly subject: string;
  readonly text: string;
  /** The part of the Message-ID before the @: stable over attempts, so that a repeat is recognisable. */
  readonly messageId: string;
  /** The same for the thread that the mail belongs to. */
  readonly threadId: string;
  /** ISO 8601. */
  readonly date: string;
}

/** A room to speak in. */
export interface IrcRoom {
  /** With its `#`. */
  readonly name: string;
  /** The key that the room asks for, a secret. */
  readonly key?: string;
}

/** Lines to be said on IRC. */
export interface IrcMessage {
  readonly transport: 'irc';
  readonly server: string;
  readonly port: number;
  /** True for TLS. */
  readonly secure: boolean;
  readonly nick: string;
  /** The server's password. */
  readonly password?: string;
  readonly nickservPassword?: string;
  readonly rooms: readonly IrcRoom[];
  /** True to enter the rooms before speaking, and to leave them after. */
  readonly join: boolean;
  /** True for NOTICE instead of PRIVMSG. */
  readonly notice: boolean;
  readonly lines: readonly string[];
}

/** Nothing is to be sent for this event, and why, in a sentence for the hook's owner. */
export interface NoMessage {
  readonly transport: 'none';
  readonly reason: string;
}

/** What is to be sent for an event. */
export type OutgoingMessage = HttpMessage | MailMessage | IrcMessage | NoMessage;

/** What every service declares. */
interface DeclaredService {
  readonly name: string;
  readonly title: string;
  /** In the order in which the catalogue lists them. */
  readonly settings: readonly SettingDeclaration[];
  /** The names of the events it can carry; `all` for every one, present and future. */
  readonly supportedEvents: readonly string[] | 'all';
  /** The events of a hook whose owner names none. */
  readonly defaultEvents: readonly string[];
  /**
   * Looks at settings whose presence, types, lengths and choices are right already and says what else is wrong with
   * them; nothing wrong, nothing said. Messages never repeat a password.
   */
  readonly check: (settings: Settings) => readonly SettingProblem[];
}

/** A service that makes a message of its own of each event. */
export interface MessageService extends DeclaredService {
  readonly kind: 'message';
  /** Makes what is sent for an event. Pure, and throws for no payload: the same event and settings, the same message. */
  readonly compose: (event: ServiceEvent, settings: Settings) => OutgoingMessage;
}

/** A service that hands the event itself on, in the hook's format and signed: how is not the declaration's matter. */
export interface ForwardService extends DeclaredService {
  readonly kind: 'forward';
}

/** A service. */
export type ServiceDeclaration = MessageService | ForwardService;
