"""Accounts of staff, and roles made of permissions. An e-mail signs in to one account: a customer's or staff's."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, and the one role that is always there."""
    op.execute(
        """
        create table roles (
            name text collate "C" primary key check (name ~ '^[a-z][a-z0-9_-]{0,49}$'),
            description text not null check (length(description) <= 200),
            permissions text[] not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            check (name <> 'admin' or permissions = '{*}')
        );
        insert into roles (name, description, permissions, created_at, updated_at)
        values ('admin', 'May do everything, staff and roles included.', '{*}', now(), now());

        create table staff (
            id text collate "C" primary key,
            email text not null check (length(email) between 3 and 254),
            email_key text collate "C" not null unique,
            name text not null check (length(name) <= 200),
            password_hash text not null,
            password_change_due boolean not null,
            disabled_at timestamptz,
            created_at timestamptz not null,
            updated_at timestamptz not null
        );

        create table staff_roles (
            staff_id text collate "C" not null references staff on delete cascade,
            role text collate "C" not null references roles,
            primary key (staff_id, role)
        );
        create index staff_roles_role on staff_roles (role);

        create function one_account_an_email() returns trigger
        language plpgsql
        set search_path from current
        as $$
        begin
            perform pg_advisory_xact_lock(hashtextextended('comanda email ' || new.email_key, 0));
            if tg_table_name = 'staff' then
                if exists (select from customers where email_key = new.email_key) then
                    raise unique_violation using message = 'a customer has this e-mail';
                end if;
            elsif exists (select from staff where email_key = new.email_key) then
                if tg_op = 'INSERT' then
                    return null;
                end if;
                raise unique_violation using message = 'a member of staff has this e-mail';
            end if;
            return new;
        end
        $$;
        comment on function one_account_an_email() is
            'a customer with an e-mail of staff is not inserted, as for an e-mail that another customer has';
        create trigger one_account_an_email before insert or update of email_key on customers
            for each row execute function one_account_an_email();
        create trigger one_account_an_email before insert or update of email_key on staff
            for each row execute function one_account_an_email();
        """
    )
