/**
 * The types of the fields that GitHub gives to every event: `repository`, `organization` and `sender`.
 * It must never know what any single event is about.
 */
import { fieldTypes, type FieldTypes } from './compose-object.ts';
import { readNothing, type FieldReader } from './field-readers.ts';
import { renderOrganization, renderPerson } from './person.ts';
import { renderRepository } from './repository.ts';

/** The types of an event's fields: those of every event, and its own. */
export function eventTypes(
  own: readonly (readonly [read: FieldReader, names: readonly string[]])[],
): FieldTypes {
  return fieldTypes([
    [renderRepository, ['repository']],
    [renderOrganization, ['organization']],
    [renderPerson, ['sender']],
    // An app that is installed: it has no counterpart.
    [readNothing, ['installation']],
    ...own,
  ]);
}
