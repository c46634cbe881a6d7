ALTER TABLE `idempotent_answers` ADD `caller` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `idempotent_answers` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `idempotent_answers_caller` ON `idempotent_answers` (`caller`,`expires_at`,`bytes`);--> statement-breakpoint
ALTER TABLE `conversations` ADD `added_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `conversations_added` ON `conversations` (`account_id`,`added_bytes`) WHERE added_bytes > 0;