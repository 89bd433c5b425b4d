CREATE FUNCTION public.qa_review_alone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin perform pg_advisory_xact_lock(5391724008); return null; end $$;

CREATE FUNCTION public.qa_review_committed(writer xid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select case when mine is null or apart < 0 then true
        else pg_xact_status((mine + apart)::text::xid8) is distinct from 'in progress' end
    from (select mine, (writer::text::bigint - mine % 4294967296 + 6442450944)
            % 4294967296 - 2147483648 as apart
        from (select pg_current_xact_id_if_assigned()::text::bigint as mine) as a) as b $$;

CREATE FUNCTION public.qa_review_keep_rows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin raise exception 'rows of % are never changed', tg_table_name; end $$;

CREATE TABLE public.alerts (
    alert_id text NOT NULL,
    number bigint NOT NULL,
    rule text NOT NULL,
    state text NOT NULL,
    at text NOT NULL,
    body text NOT NULL
);

CREATE TABLE public.audit (
    number bigint NOT NULL,
    at text NOT NULL,
    by text NOT NULL,
    what text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    before text NOT NULL,
    digest text NOT NULL
);

CREATE TABLE public.ballots (
    session_id text NOT NULL,
    rater text NOT NULL,
    call_id text NOT NULL,
    number bigint NOT NULL,
    sealed bytea NOT NULL,
    own bytea NOT NULL
);

CREATE TABLE public.call_offs (
    session_id text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.calls (
    call_id text NOT NULL,
    number bigint NOT NULL,
    at text NOT NULL,
    body text NOT NULL
);

CREATE TABLE public.commitments (
    session_id text NOT NULL,
    rater text NOT NULL,
    call_id text NOT NULL,
    number bigint NOT NULL,
    digest text NOT NULL,
    signature text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.disputes (
    dispute_id text NOT NULL,
    call_id text NOT NULL,
    rubric_id text NOT NULL,
    reviewer text NOT NULL,
    number bigint NOT NULL,
    behaviour text NOT NULL,
    given bigint,
    agent text NOT NULL,
    reason text NOT NULL,
    quotes text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.joins (
    session_id text NOT NULL,
    rater text NOT NULL,
    key text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.masters (
    session_id text NOT NULL,
    call_id text NOT NULL,
    behaviour text NOT NULL,
    number bigint NOT NULL,
    level bigint,
    why_none text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE VIEW public.latest_masters WITH (security_invoker='true') AS
 SELECT m.session_id,
    m.call_id,
    m.behaviour,
    m.number,
    m.level,
    m.why_none,
    m.reason,
    m.by,
    m.at
   FROM public.masters m
  WHERE (m.number = ( SELECT max(o.number) AS max
           FROM public.masters o
          WHERE ((o.session_id = m.session_id) AND (o.call_id = m.call_id) AND (o.behaviour = m.behaviour))));

CREATE TABLE public.reviews (
    call_id text NOT NULL,
    rubric_id text NOT NULL,
    reviewer text NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    rubric_version text NOT NULL,
    rubric_digest text NOT NULL,
    scored_by text NOT NULL,
    transcript text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    at text NOT NULL,
    why text NOT NULL,
    body text NOT NULL
);

CREATE VIEW public.latest_reviews WITH (security_invoker='true') AS
 SELECT r.call_id,
    r.rubric_id,
    r.reviewer,
    r.number,
    r.kind,
    r.rubric_version,
    r.rubric_digest,
    r.scored_by,
    r.transcript,
    r.state,
    r.by,
    r.at,
    r.why,
    r.body
   FROM public.reviews r
  WHERE (r.number = ( SELECT max(o.number) AS max
           FROM public.reviews o
          WHERE ((o.call_id = r.call_id) AND (o.rubric_id = r.rubric_id) AND (o.reviewer = r.reviewer))));

CREATE TABLE public.notes (
    call_id text NOT NULL,
    number bigint NOT NULL,
    turn bigint NOT NULL,
    by text NOT NULL,
    at text NOT NULL,
    text text NOT NULL
);

CREATE TABLE public.outcomes (
    session_id text NOT NULL,
    number bigint NOT NULL,
    call_id text NOT NULL,
    behaviour text NOT NULL,
    kind text NOT NULL,
    about text NOT NULL,
    text text NOT NULL,
    version text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.seats (
    session_id text NOT NULL,
    rater text NOT NULL
);

CREATE VIEW public.progress WITH (security_invoker='true') AS
 SELECT s.session_id,
    s.rater,
    count(DISTINCT c.call_id) AS calls_done
   FROM (public.seats s
     LEFT JOIN public.commitments c ON (((c.session_id = s.session_id) AND (c.rater = s.rater))))
  GROUP BY s.session_id, s.rater;

CREATE TABLE public.qa_review_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.remarks (
    session_id text NOT NULL,
    number bigint NOT NULL,
    call_id text NOT NULL,
    behaviour text NOT NULL,
    by text NOT NULL,
    at text NOT NULL,
    text text NOT NULL
);

CREATE TABLE public.reveals (
    session_id text NOT NULL,
    key text NOT NULL,
    ballots text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.rubrics (
    rubric_id text NOT NULL,
    version text NOT NULL,
    digest text NOT NULL,
    by text NOT NULL,
    at text NOT NULL,
    text text NOT NULL
);

CREATE TABLE public.rulings (
    dispute_id text NOT NULL,
    outcome text NOT NULL,
    level bigint,
    why_none text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.session_calls (
    session_id text NOT NULL,
    call_id text NOT NULL,
    number bigint NOT NULL,
    transcript text NOT NULL
);

CREATE TABLE public.sessions (
    session_id text NOT NULL,
    name text NOT NULL,
    lead text NOT NULL,
    seal text NOT NULL,
    rubric_id text NOT NULL,
    rubric_version text NOT NULL,
    rubric_digest text NOT NULL,
    automatic boolean NOT NULL,
    deadline text NOT NULL,
    chosen text NOT NULL,
    by text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.transcripts (
    call_id text NOT NULL,
    digest text NOT NULL,
    number bigint NOT NULL,
    at text NOT NULL,
    body text NOT NULL
);

CREATE TABLE public.votes (
    session_id text NOT NULL,
    rater text NOT NULL,
    call_id text NOT NULL,
    behaviour text NOT NULL,
    number bigint NOT NULL,
    level bigint,
    why_none text NOT NULL,
    reason text NOT NULL,
    at text NOT NULL
);

CREATE TABLE public.work (
    call_id text NOT NULL,
    stage text NOT NULL,
    number bigint NOT NULL,
    key text NOT NULL,
    sound text NOT NULL,
    stamp text NOT NULL,
    version text NOT NULL,
    rubric text NOT NULL,
    weights text NOT NULL,
    state text NOT NULL,
    result text NOT NULL,
    at text NOT NULL
);

INSERT INTO public.alerts VALUES ('alert_id é''', 1, 'rule é''', 'state é''', 'at é''', 'body é''');

INSERT INTO public.audit VALUES (1, 'at é''', 'by é''', 'what é''', 'subject é''', 'detail é''', 'before é''', 'digest é''');

INSERT INTO public.ballots VALUES ('session_id é''', 'rater é''', 'call_id é''', 1, '\x00ff27', '\x00ff27');

INSERT INTO public.call_offs VALUES ('session_id é''', 'reason é''', 'by é''', 'at é''');

INSERT INTO public.calls VALUES ('call_id é''', 1, 'at é''', 'body é''');

INSERT INTO public.commitments VALUES ('session_id é''', 'rater é''', 'call_id é''', 1, 'digest é''', 'signature é''', 'at é''');

INSERT INTO public.disputes VALUES ('dispute_id é''', 'call_id é''', 'rubric_id é''', 'reviewer é''', 1, 'behaviour é''', NULL, 'agent é''', 'reason é''', 'quotes é''', 'at é''');

INSERT INTO public.joins VALUES ('session_id é''', 'rater é''', 'key é''', 'at é''');

INSERT INTO public.masters VALUES ('session_id é''', 'call_id é''', 'behaviour é''', 1, NULL, 'why_none é''', 'reason é''', 'by é''', 'at é''');

INSERT INTO public.notes VALUES ('call_id é''', 1, 1, 'by é''', 'at é''', 'text é''');

INSERT INTO public.outcomes VALUES ('session_id é''', 1, 'call_id é''', 'behaviour é''', 'kind é''', 'about é''', 'text é''', 'version é''', 'by é''', 'at é''');

INSERT INTO public.qa_review_version VALUES ('0003');

INSERT INTO public.remarks VALUES ('session_id é''', 1, 'call_id é''', 'behaviour é''', 'by é''', 'at é''', 'text é''');

INSERT INTO public.reveals VALUES ('session_id é''', 'key é''', 'ballots é''', 'by é''', 'at é''');

INSERT INTO public.reviews VALUES ('call_id é''', 'rubric_id é''', 'reviewer é''', 1, 'kind é''', 'rubric_version é''', 'rubric_digest é''', 'scored_by é''', 'transcript é''', 'state é''', 'by é''', 'at é''', 'why é''', 'body é''');

INSERT INTO public.rubrics VALUES ('rubric_id é''', 'version é''', 'digest é''', 'by é''', 'at é''', 'text é''');

INSERT INTO public.rulings VALUES ('dispute_id é''', 'outcome é''', NULL, 'why_none é''', 'reason é''', 'by é''', 'at é''');

INSERT INTO public.seats VALUES ('session_id é''', 'rater é''');

INSERT INTO public.session_calls VALUES ('session_id é''', 'call_id é''', 1, 'transcript é''');

INSERT INTO public.sessions VALUES ('session_id é''', 'name é''', 'lead é''', 'seal é''', 'rubric_id é''', 'rubric_version é''', 'rubric_digest é''', true, 'deadline é''', 'chosen é''', 'by é''', 'at é''');

INSERT INTO public.transcripts VALUES ('call_id é''', 'digest é''', 1, 'at é''', 'body é''');

INSERT INTO public.votes VALUES ('session_id é''', 'rater é''', 'call_id é''', 'behaviour é''', 1, NULL, 'why_none é''', 'reason é''', 'at é''');

INSERT INTO public.work VALUES ('call_id é''', 'stage é''', 1, 'key é''', 'sound é''', 'stamp é''', 'version é''', 'rubric é''', 'weights é''', 'state é''', 'result é''', 'at é''');

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (alert_id, number);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.ballots
    ADD CONSTRAINT ballots_pkey PRIMARY KEY (session_id, rater, call_id, number);

ALTER TABLE ONLY public.call_offs
    ADD CONSTRAINT call_offs_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (call_id, number);

ALTER TABLE ONLY public.commitments
    ADD CONSTRAINT commitments_pkey PRIMARY KEY (session_id, rater, call_id, number);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (dispute_id);

ALTER TABLE ONLY public.joins
    ADD CONSTRAINT joins_pkey PRIMARY KEY (session_id, rater);

ALTER TABLE ONLY public.masters
    ADD CONSTRAINT masters_pkey PRIMARY KEY (session_id, call_id, behaviour, number);

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (call_id, number);

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT outcomes_pkey PRIMARY KEY (session_id, number);

ALTER TABLE ONLY public.qa_review_version
    ADD CONSTRAINT qa_review_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT remarks_pkey PRIMARY KEY (session_id, number);

ALTER TABLE ONLY public.reveals
    ADD CONSTRAINT reveals_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (call_id, rubric_id, reviewer, number);

ALTER TABLE ONLY public.rubrics
    ADD CONSTRAINT rubrics_pkey PRIMARY KEY (rubric_id, version);

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT rulings_pkey PRIMARY KEY (dispute_id);

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (session_id, rater);

ALTER TABLE ONLY public.session_calls
    ADD CONSTRAINT session_calls_pkey PRIMARY KEY (session_id, call_id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.transcripts
    ADD CONSTRAINT transcripts_pkey PRIMARY KEY (call_id, digest);

ALTER TABLE ONLY public.votes
    ADD CONSTRAINT votes_pkey PRIMARY KEY (session_id, rater, call_id, behaviour, number);

ALTER TABLE ONLY public.work
    ADD CONSTRAINT work_pkey PRIMARY KEY (call_id, stage, number);

CREATE TRIGGER alone BEFORE INSERT ON public.alerts FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.ballots FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.call_offs FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.calls FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.commitments FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.disputes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.joins FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.masters FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.notes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.outcomes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.remarks FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.reveals FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.reviews FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.rubrics FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.rulings FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.session_calls FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.sessions FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.transcripts FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.votes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER alone BEFORE INSERT ON public.work FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_alone();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.alerts FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ballots FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.call_offs FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.calls FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.commitments FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.disputes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.joins FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.masters FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.notes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.outcomes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.remarks FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.reveals FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.reviews FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.rubrics FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.rulings FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.session_calls FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sessions FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transcripts FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.votes FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.work FOR EACH STATEMENT EXECUTE FUNCTION public.qa_review_keep_rows();
