/**
 * Services beside `web`, the SocialGateway shape and format, deliveries without an event (pings), templates and filters.
 * Which services there are is the declarations' matter: the database knows only that a web hook has a URL.
 */
import { Migration } from '@mikro-orm/migrations';

export class Services extends Migration {
  override up(): void {
    this.addSql(`
      alter table hook drop constraint hook_service_check, drop constraint hook_format_check;
      alter table hook alter column url drop not null,
        add column settings jsonb not null default '{}',
        add column secret_settings bytea,
        add column filter text,
        add column template text,
        add check (service = 'web' or url is null),
        add check (service <> 'web' or url is not null),
        add check (format in ('sigmagit', 'socialgateway', 'standard'));
      create unique index hook_of_service on hook (repository_id, service)
        where service <> 'web' and deleted_at is null;

      alter table event add column shape text not null default 'sigmagit' check (shape in ('sigmagit', 'socialgateway'));
      alter table delivery
        add column payload json,
        add column by_hand boolean not null default false,
        add column reason text;
      alter table attempt add column request_body text, add column recipients json;
      create index attempt_by_number on attempt using brin (number) with (pages_per_range = 16, autosummarize = on);
    `);
  }

  override down(): void {
    this.addSql(`
      drop index attempt_by_number;
      alter table attempt drop column request_body, drop column recipients;
      alter table delivery drop column payload, drop column by_hand, drop column reason;
      alter table event drop column shape;
      drop index hook_of_service;
      delete from hook where service <> 'web';
      update hook set format = 'sigmagit' where format = 'socialgateway';
      alter table hook drop constraint hook_check, drop constraint hook_check1, drop constraint hook_format_check;
      alter table hook alter column url set not null,
        drop column settings, drop column secret_settings, drop column filter, drop column template,
        add check (service = 'web'), add check (format in ('sigmagit', 'standard'));
    `);
  }
}
