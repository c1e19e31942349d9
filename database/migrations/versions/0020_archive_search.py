"""search in the archive's list, combined with its filters"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# The index of words cannot be used through a viewer's policies (`@>` is not leakproof): these look
# it up for the whole bank and tell numbers of complaints only, which the list joins with the rows
# that the viewer sees. For few hits the first, for many the second, row by row in the list's order.
FUNCTIONS = """
CREATE FUNCTION found_worded(of_version smallint, of_words bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 200 SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT complaint_id FROM complaint_words WHERE version = of_version AND words @> of_words
$$;
CREATE FUNCTION is_worded(of_complaint bigint, of_version smallint, of_words bigint[])
RETURNS boolean LANGUAGE plpgsql STABLE COST 500 SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM complaint_words w WHERE w.complaint_id = of_complaint
    AND w.version = of_version AND w.words @> of_words);
END $$;
GRANT SELECT ON complaint_words TO fenghuo_counter;
CREATE POLICY worded ON complaint_words FOR SELECT TO fenghuo_counter USING (true);
REVOKE ALL ON FUNCTION found_worded(smallint, bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION is_worded(bigint, smallint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION found_worded(smallint, bigint[]) TO fenghuo_app, fenghuo_system;
GRANT EXECUTE ON FUNCTION is_worded(bigint, smallint, bigint[]) TO fenghuo_app, fenghuo_system;
GRANT CREATE ON SCHEMA public TO fenghuo_counter;
ALTER FUNCTION found_worded(smallint, bigint[]) OWNER TO fenghuo_counter;
ALTER FUNCTION is_worded(bigint, smallint, bigint[]) OWNER TO fenghuo_counter;
REVOKE CREATE ON SCHEMA public FROM fenghuo_counter;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
