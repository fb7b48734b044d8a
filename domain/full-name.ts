/** The one name of a repository that says whose it is: `owner/name`. Knows nothing of which repositories there are. */

/** What a text must look like to be one. */
export const fullNamePattern = /^[^/]+\/[^/]+$/;

/** What is said of a text that is none. */
export const fullNameRule = 'must be owner/name';
