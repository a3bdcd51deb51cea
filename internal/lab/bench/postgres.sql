create table accounts (id text primary key, kind text not null);
insert into accounts values ('platform', 'platform'), ('liable', 'liable'), ('provider:adyen', 'provider');

create table events (id text primary key, type text not null, at timestamptz not null default now());
create table payments (id text primary key, event text not null references events, provider text not null, reference text, amount bigint not null, currency text not null);
create index on payments (reference);
create table entries (id bigint generated always as identity primary key, event text not null, recorded timestamptz not null default now());
create table postings (
	entry bigint not null, account text not null, currency text not null,
	amount bigint not null, type text not null, reference text);
create index on postings (account, entry);
create table balances (account text, currency text, amount bigint not null, primary key (account, currency));

-- One capture with three splits: the event once, its payment, one entry of four postings that sum to zero, four balances.
create function book_capture(event text, payment text, merchant_reference text, total bigint, seller1 text, reference1 text, seller2 text, reference2 text, fee_reference text)
returns boolean language plpgsql as $$
declare
	commission bigint := total / 10;
	part1 bigint := total * 7 / 10;
	part2 bigint := total - total * 7 / 10 - total / 10;
	number bigint;
begin
	insert into events (id, type) values (event, 'payment.capture') on conflict do nothing;
	if not found then
		return false; -- a duplicate
	end if;
	if (select count(*) from accounts where id in (seller1, seller2)) < (case when seller1 = seller2 then 1 else 2 end) then
		raise exception 'unknown account';
	end if;
	insert into payments values (payment, event, 'adyen', merchant_reference, total, 'EUR');
	insert into entries (event) values (event) returning id into number;
	insert into postings values
		(number, 'provider:adyen', 'EUR', total, 'Capture', null),
		(number, seller1, 'EUR', -part1, 'BalanceAccount', reference1),
		(number, seller2, 'EUR', -part2, 'BalanceAccount', reference2),
		(number, 'liable', 'EUR', -commission, 'Commission', fee_reference);
	-- In one order always, so that no two wait for each other.
	insert into balances
		select account, 'EUR', sum(amount) from (values ('provider:adyen', total), (seller1, -part1), (seller2, -part2), ('liable', -commission)) x (account, amount)
		group by account order by account
	on conflict (account, currency) do update set amount = balances.amount + excluded.amount;
	return true;
end $$;

-- So many captures in one transaction, of ids that are not used yet.
create function book_captures(many int, client int, round int, n bigint, total bigint, first int, second int)
returns int language plpgsql as $$
declare
	sellers int := (select count(*) - 3 from accounts);
	id text;
begin
	for i in 1..many loop
		id := round || '-' || client || '-' || n || '-' || i;
		perform book_capture('evt_' || id, 'pay_' || id, 'order-' || id, total + i,
			'seller:' || lpad(((first + i * 7919) % sellers)::text, 7, '0'), 'sale-' || id || '-1',
			'seller:' || lpad(((second + i * 104729) % sellers)::text, 7, '0'), 'sale-' || id || '-2', 'fee-' || id);
	end loop;
	return many;
end $$;
