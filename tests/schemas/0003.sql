BEGIN TRANSACTION;
CREATE TABLE alerts (
	alert_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	rule TEXT NOT NULL, 
	state TEXT NOT NULL, 
	at TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (alert_id, number)
);
INSERT INTO "alerts" VALUES('alert_id é''',1,'rule é''','state é''','at é''','body é''');
CREATE TABLE audit (
	number BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	what TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "audit" VALUES(1,'at é''','by é''','what é''','subject é''','detail é''','before é''','digest é''');
CREATE TABLE ballots (
	session_id TEXT NOT NULL, 
	rater TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	sealed BLOB NOT NULL, 
	own BLOB NOT NULL, 
	PRIMARY KEY (session_id, rater, call_id, number)
);
INSERT INTO "ballots" VALUES('session_id é''','rater é''','call_id é''',1,X'00FF27',X'00FF27');
CREATE TABLE call_offs (
	session_id TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "call_offs" VALUES('session_id é''','reason é''','by é''','at é''');
CREATE TABLE calls (
	call_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (call_id, number)
);
INSERT INTO "calls" VALUES('call_id é''',1,'at é''','body é''');
CREATE TABLE commitments (
	session_id TEXT NOT NULL, 
	rater TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	digest TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id, rater, call_id, number)
);
INSERT INTO "commitments" VALUES('session_id é''','rater é''','call_id é''',1,'digest é''','signature é''','at é''');
CREATE TABLE disputes (
	dispute_id TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	rubric_id TEXT NOT NULL, 
	reviewer TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	behaviour TEXT NOT NULL, 
	given BIGINT, 
	agent TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	quotes TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (dispute_id)
);
INSERT INTO "disputes" VALUES('dispute_id é''','call_id é''','rubric_id é''','reviewer é''',1,'behaviour é''',NULL,'agent é''','reason é''','quotes é''','at é''');
CREATE TABLE joins (
	session_id TEXT NOT NULL, 
	rater TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id, rater)
);
INSERT INTO "joins" VALUES('session_id é''','rater é''','key é''','at é''');
CREATE TABLE masters (
	session_id TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	behaviour TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	level BIGINT, 
	why_none TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id, call_id, behaviour, number)
);
INSERT INTO "masters" VALUES('session_id é''','call_id é''','behaviour é''',1,NULL,'why_none é''','reason é''','by é''','at é''');
CREATE TABLE notes (
	call_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	turn BIGINT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (call_id, number)
);
INSERT INTO "notes" VALUES('call_id é''',1,1,'by é''','at é''','text é''');
CREATE TABLE outcomes (
	session_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	call_id TEXT NOT NULL, 
	behaviour TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	about TEXT NOT NULL, 
	text TEXT NOT NULL, 
	version TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id, number)
);
INSERT INTO "outcomes" VALUES('session_id é''',1,'call_id é''','behaviour é''','kind é''','about é''','text é''','version é''','by é''','at é''');
CREATE TABLE qa_review_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT qa_review_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "qa_review_version" VALUES('0003');
CREATE TABLE remarks (
	session_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	call_id TEXT NOT NULL, 
	behaviour TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (session_id, number)
);
INSERT INTO "remarks" VALUES('session_id é''',1,'call_id é''','behaviour é''','by é''','at é''','text é''');
CREATE TABLE reveals (
	session_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	ballots TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "reveals" VALUES('session_id é''','key é''','ballots é''','by é''','at é''');
CREATE TABLE reviews (
	call_id TEXT NOT NULL, 
	rubric_id TEXT NOT NULL, 
	reviewer TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	rubric_version TEXT NOT NULL, 
	rubric_digest TEXT NOT NULL, 
	scored_by TEXT NOT NULL, 
	transcript TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	why TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (call_id, rubric_id, reviewer, number)
);
INSERT INTO "reviews" VALUES('call_id é''','rubric_id é''','reviewer é''',1,'kind é''','rubric_version é''','rubric_digest é''','scored_by é''','transcript é''','state é''','by é''','at é''','why é''','body é''');
CREATE TABLE rubrics (
	rubric_id TEXT NOT NULL, 
	version TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (rubric_id, version)
);
INSERT INTO "rubrics" VALUES('rubric_id é''','version é''','digest é''','by é''','at é''','text é''');
CREATE TABLE rulings (
	dispute_id TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	level BIGINT, 
	why_none TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (dispute_id)
);
INSERT INTO "rulings" VALUES('dispute_id é''','outcome é''',NULL,'why_none é''','reason é''','by é''','at é''');
CREATE TABLE seats (
	session_id TEXT NOT NULL, 
	rater TEXT NOT NULL, 
	PRIMARY KEY (session_id, rater)
);
INSERT INTO "seats" VALUES('session_id é''','rater é''');
CREATE TABLE session_calls (
	session_id TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	transcript TEXT NOT NULL, 
	PRIMARY KEY (session_id, call_id)
);
INSERT INTO "session_calls" VALUES('session_id é''','call_id é''',1,'transcript é''');
CREATE TABLE sessions (
	session_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	lead TEXT NOT NULL, 
	seal TEXT NOT NULL, 
	rubric_id TEXT NOT NULL, 
	rubric_version TEXT NOT NULL, 
	rubric_digest TEXT NOT NULL, 
	automatic BOOLEAN NOT NULL, 
	deadline TEXT NOT NULL, 
	chosen TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "sessions" VALUES('session_id é''','name é''','lead é''','seal é''','rubric_id é''','rubric_version é''','rubric_digest é''',1,'deadline é''','chosen é''','by é''','at é''');
CREATE TABLE transcripts (
	call_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (call_id, digest)
);
INSERT INTO "transcripts" VALUES('call_id é''','digest é''',1,'at é''','body é''');
CREATE TABLE votes (
	session_id TEXT NOT NULL, 
	rater TEXT NOT NULL, 
	call_id TEXT NOT NULL, 
	behaviour TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	level BIGINT, 
	why_none TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (session_id, rater, call_id, behaviour, number)
);
INSERT INTO "votes" VALUES('session_id é''','rater é''','call_id é''','behaviour é''',1,NULL,'why_none é''','reason é''','at é''');
CREATE TABLE work (
	call_id TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	"key" TEXT NOT NULL, 
	sound TEXT NOT NULL, 
	stamp TEXT NOT NULL, 
	version TEXT NOT NULL, 
	rubric TEXT NOT NULL, 
	weights TEXT NOT NULL, 
	state TEXT NOT NULL, 
	result TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (call_id, stage, number)
);
INSERT INTO "work" VALUES('call_id é''','stage é''',1,'key é''','sound é''','stamp é''','version é''','rubric é''','weights é''','state é''','result é''','at é''');
CREATE TRIGGER calls_update before update on calls begin select raise(abort, 'rows of calls are never changed'); end;
CREATE TRIGGER calls_delete before delete on calls begin select raise(abort, 'rows of calls are never changed'); end;
CREATE TRIGGER calls_insert before insert on calls when exists (select 1 from calls where call_id = new.call_id and number = new.number) begin select raise(abort, 'rows of calls are never changed'); end;
CREATE TRIGGER transcripts_update before update on transcripts begin select raise(abort, 'rows of transcripts are never changed'); end;
CREATE TRIGGER transcripts_delete before delete on transcripts begin select raise(abort, 'rows of transcripts are never changed'); end;
CREATE TRIGGER transcripts_insert before insert on transcripts when exists (select 1 from transcripts where call_id = new.call_id and digest = new.digest) begin select raise(abort, 'rows of transcripts are never changed'); end;
CREATE TRIGGER rubrics_update before update on rubrics begin select raise(abort, 'rows of rubrics are never changed'); end;
CREATE TRIGGER rubrics_delete before delete on rubrics begin select raise(abort, 'rows of rubrics are never changed'); end;
CREATE TRIGGER rubrics_insert before insert on rubrics when exists (select 1 from rubrics where rubric_id = new.rubric_id and version = new.version) begin select raise(abort, 'rows of rubrics are never changed'); end;
CREATE TRIGGER reviews_update before update on reviews begin select raise(abort, 'rows of reviews are never changed'); end;
CREATE TRIGGER reviews_delete before delete on reviews begin select raise(abort, 'rows of reviews are never changed'); end;
CREATE TRIGGER reviews_insert before insert on reviews when exists (select 1 from reviews where call_id = new.call_id and rubric_id = new.rubric_id and reviewer = new.reviewer and number = new.number) begin select raise(abort, 'rows of reviews are never changed'); end;
CREATE TRIGGER notes_update before update on notes begin select raise(abort, 'rows of notes are never changed'); end;
CREATE TRIGGER notes_delete before delete on notes begin select raise(abort, 'rows of notes are never changed'); end;
CREATE TRIGGER notes_insert before insert on notes when exists (select 1 from notes where call_id = new.call_id and number = new.number) begin select raise(abort, 'rows of notes are never changed'); end;
CREATE TRIGGER sessions_update before update on sessions begin select raise(abort, 'rows of sessions are never changed'); end;
CREATE TRIGGER sessions_delete before delete on sessions begin select raise(abort, 'rows of sessions are never changed'); end;
CREATE TRIGGER sessions_insert before insert on sessions when exists (select 1 from sessions where session_id = new.session_id) begin select raise(abort, 'rows of sessions are never changed'); end;
CREATE TRIGGER session_calls_update before update on session_calls begin select raise(abort, 'rows of session_calls are never changed'); end;
CREATE TRIGGER session_calls_delete before delete on session_calls begin select raise(abort, 'rows of session_calls are never changed'); end;
CREATE TRIGGER session_calls_insert before insert on session_calls when exists (select 1 from session_calls where session_id = new.session_id and call_id = new.call_id) begin select raise(abort, 'rows of session_calls are never changed'); end;
CREATE TRIGGER seats_update before update on seats begin select raise(abort, 'rows of seats are never changed'); end;
CREATE TRIGGER seats_delete before delete on seats begin select raise(abort, 'rows of seats are never changed'); end;
CREATE TRIGGER seats_insert before insert on seats when exists (select 1 from seats where session_id = new.session_id and rater = new.rater) begin select raise(abort, 'rows of seats are never changed'); end;
CREATE TRIGGER joins_update before update on joins begin select raise(abort, 'rows of joins are never changed'); end;
CREATE TRIGGER joins_delete before delete on joins begin select raise(abort, 'rows of joins are never changed'); end;
CREATE TRIGGER joins_insert before insert on joins when exists (select 1 from joins where session_id = new.session_id and rater = new.rater) begin select raise(abort, 'rows of joins are never changed'); end;
CREATE TRIGGER commitments_update before update on commitments begin select raise(abort, 'rows of commitments are never changed'); end;
CREATE TRIGGER commitments_delete before delete on commitments begin select raise(abort, 'rows of commitments are never changed'); end;
CREATE TRIGGER commitments_insert before insert on commitments when exists (select 1 from commitments where session_id = new.session_id and rater = new.rater and call_id = new.call_id and number = new.number) begin select raise(abort, 'rows of commitments are never changed'); end;
CREATE TRIGGER ballots_update before update on ballots begin select raise(abort, 'rows of ballots are never changed'); end;
CREATE TRIGGER ballots_delete before delete on ballots begin select raise(abort, 'rows of ballots are never changed'); end;
CREATE TRIGGER ballots_insert before insert on ballots when exists (select 1 from ballots where session_id = new.session_id and rater = new.rater and call_id = new.call_id and number = new.number) begin select raise(abort, 'rows of ballots are never changed'); end;
CREATE TRIGGER reveals_update before update on reveals begin select raise(abort, 'rows of reveals are never changed'); end;
CREATE TRIGGER reveals_delete before delete on reveals begin select raise(abort, 'rows of reveals are never changed'); end;
CREATE TRIGGER reveals_insert before insert on reveals when exists (select 1 from reveals where session_id = new.session_id) begin select raise(abort, 'rows of reveals are never changed'); end;
CREATE TRIGGER call_offs_update before update on call_offs begin select raise(abort, 'rows of call_offs are never changed'); end;
CREATE TRIGGER call_offs_delete before delete on call_offs begin select raise(abort, 'rows of call_offs are never changed'); end;
CREATE TRIGGER call_offs_insert before insert on call_offs when exists (select 1 from call_offs where session_id = new.session_id) begin select raise(abort, 'rows of call_offs are never changed'); end;
CREATE TRIGGER remarks_update before update on remarks begin select raise(abort, 'rows of remarks are never changed'); end;
CREATE TRIGGER remarks_delete before delete on remarks begin select raise(abort, 'rows of remarks are never changed'); end;
CREATE TRIGGER remarks_insert before insert on remarks when exists (select 1 from remarks where session_id = new.session_id and number = new.number) begin select raise(abort, 'rows of remarks are never changed'); end;
CREATE TRIGGER votes_update before update on votes begin select raise(abort, 'rows of votes are never changed'); end;
CREATE TRIGGER votes_delete before delete on votes begin select raise(abort, 'rows of votes are never changed'); end;
CREATE TRIGGER votes_insert before insert on votes when exists (select 1 from votes where session_id = new.session_id and rater = new.rater and call_id = new.call_id and behaviour = new.behaviour and number = new.number) begin select raise(abort, 'rows of votes are never changed'); end;
CREATE TRIGGER masters_update before update on masters begin select raise(abort, 'rows of masters are never changed'); end;
CREATE TRIGGER masters_delete before delete on masters begin select raise(abort, 'rows of masters are never changed'); end;
CREATE TRIGGER masters_insert before insert on masters when exists (select 1 from masters where session_id = new.session_id and call_id = new.call_id and behaviour = new.behaviour and number = new.number) begin select raise(abort, 'rows of masters are never changed'); end;
CREATE TRIGGER outcomes_update before update on outcomes begin select raise(abort, 'rows of outcomes are never changed'); end;
CREATE TRIGGER outcomes_delete before delete on outcomes begin select raise(abort, 'rows of outcomes are never changed'); end;
CREATE TRIGGER outcomes_insert before insert on outcomes when exists (select 1 from outcomes where session_id = new.session_id and number = new.number) begin select raise(abort, 'rows of outcomes are never changed'); end;
CREATE TRIGGER disputes_update before update on disputes begin select raise(abort, 'rows of disputes are never changed'); end;
CREATE TRIGGER disputes_delete before delete on disputes begin select raise(abort, 'rows of disputes are never changed'); end;
CREATE TRIGGER disputes_insert before insert on disputes when exists (select 1 from disputes where dispute_id = new.dispute_id) begin select raise(abort, 'rows of disputes are never changed'); end;
CREATE TRIGGER rulings_update before update on rulings begin select raise(abort, 'rows of rulings are never changed'); end;
CREATE TRIGGER rulings_delete before delete on rulings begin select raise(abort, 'rows of rulings are never changed'); end;
CREATE TRIGGER rulings_insert before insert on rulings when exists (select 1 from rulings where dispute_id = new.dispute_id) begin select raise(abort, 'rows of rulings are never changed'); end;
CREATE TRIGGER audit_update before update on audit begin select raise(abort, 'rows of audit are never changed'); end;
CREATE TRIGGER audit_delete before delete on audit begin select raise(abort, 'rows of audit are never changed'); end;
CREATE TRIGGER audit_insert before insert on audit when exists (select 1 from audit where number = new.number) begin select raise(abort, 'rows of audit are never changed'); end;
CREATE VIEW latest_reviews  as 
        select * from reviews r where number = (
            select max(number) from reviews o where o.call_id = r.call_id
            and o.rubric_id = r.rubric_id and o.reviewer = r.reviewer);
CREATE VIEW latest_masters  as 
        select * from masters m where number = (
            select max(number) from masters o where o.session_id = m.session_id
            and o.call_id = m.call_id and o.behaviour = m.behaviour);
CREATE VIEW progress  as 
        select s.session_id, s.rater, count(distinct c.call_id) as calls_done
        from seats s left join commitments c
        on c.session_id = s.session_id and c.rater = s.rater
        group by s.session_id, s.rater;
CREATE TRIGGER alerts_update before update on alerts begin select raise(abort, 'rows of alerts are never changed'); end;
CREATE TRIGGER alerts_delete before delete on alerts begin select raise(abort, 'rows of alerts are never changed'); end;
CREATE TRIGGER alerts_insert before insert on alerts when exists (select 1 from alerts where alert_id = new.alert_id and number = new.number) begin select raise(abort, 'rows of alerts are never changed'); end;
CREATE TRIGGER work_update before update on work begin select raise(abort, 'rows of work are never changed'); end;
CREATE TRIGGER work_delete before delete on work begin select raise(abort, 'rows of work are never changed'); end;
CREATE TRIGGER work_insert before insert on work when exists (select 1 from work where call_id = new.call_id and stage = new.stage and number = new.number) begin select raise(abort, 'rows of work are never changed'); end;
COMMIT;
