"""What the database itself holds: rows that nobody changes, the order of transactions, and the bell for screens."""

from django.db import migrations

APPEND_ONLY = ("web_auditrow", "web_auditlink", "web_change", "web_statusevent")

FORWARD = (
    """
create function web_in_order() returns trigger language plpgsql as $$
begin
  new.transaction := pg_current_xact_id()::text::bigint;
  return new;
end $$;
create trigger in_order before insert on web_auditrow for each row execute function web_in_order();
create trigger in_order before insert on web_notice for each row execute function web_in_order();

create function web_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: what was written stays as it was written', tg_table_name using errcode = 'insufficient_privilege';
end $$;
"""
    + "".join(
        f"create trigger append_only before update or delete on {table} for each row execute function web_append_only();\n"
        f"create trigger append_only_whole before truncate on {table} for each statement execute function web_append_only();\n"
        for table in APPEND_ONLY
    )
    + """
create function web_ring() returns trigger language plpgsql as $$
begin
  perform pg_notify('rightcall', '');
  return null;
end $$;
create trigger ring after insert on web_notice for each statement execute function web_ring();
"""
)

BACK = (
    "".join(
        f"drop trigger append_only on {table}; drop trigger append_only_whole on {table};\n" for table in APPEND_ONLY
    )
    + """
drop trigger ring on web_notice; drop function web_ring();
drop trigger in_order on web_auditrow; drop trigger in_order on web_notice;
drop function web_in_order(); drop function web_append_only();
"""
)


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("web", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
