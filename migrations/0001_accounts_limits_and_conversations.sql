CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`actor_id` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`before` text,
	`after` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_log_target` ON `audit_log` (`target`,`id`);--> statement-breakpoint
CREATE TABLE `calls` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`model` text NOT NULL,
	`kind` text NOT NULL,
	`outcome` text NOT NULL,
	`prompt_tokens` integer NOT NULL,
	`cached_prompt_tokens` integer NOT NULL,
	`completion_tokens` integer NOT NULL,
	`attempts` integer NOT NULL,
	`first_ms` integer,
	`total_ms` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `calls_model` ON `calls` (`model`,`created_at`);--> statement-breakpoint
CREATE INDEX `calls_created` ON `calls` (`created_at`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`account_id` text NOT NULL,
	`title` text NOT NULL,
	`model` text,
	`model_id` text,
	`dataset_id` text,
	`profile_id` text,
	`session_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_id_unique` ON `conversations` (`id`);--> statement-breakpoint
CREATE INDEX `conversations_account` ON `conversations` (`account_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_session` ON `conversations` (`account_id`,`session_id`);--> statement-breakpoint
CREATE TABLE `idempotent_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`body_hash` text NOT NULL,
	`answer` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idempotent_answers_expiry` ON `idempotent_answers` (`expires_at`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`conversation_id` text NOT NULL,
	`position` integer NOT NULL,
	`role` text NOT NULL,
	`content` text NOT NULL,
	`query_type` text,
	`charts` text,
	`state` text NOT NULL,
	`reason` text,
	`model` text,
	`prompt_tokens` integer,
	`completion_tokens` integer,
	`first_ms` integer,
	`total_ms` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_position` ON `messages` (`conversation_id`,`position`);--> statement-breakpoint
CREATE TABLE `models` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`base_model` text NOT NULL,
	`version` text NOT NULL,
	`accuracy` text,
	`f1_score` text,
	`loss` text,
	`status` text NOT NULL,
	`dataset_id` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `models_account` ON `models` (`account_id`,`id`);--> statement-breakpoint
CREATE TABLE `profiles` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`academic_record` text,
	`preferences` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `profiles_account` ON `profiles` (`account_id`,`id`);--> statement-breakpoint
CREATE TABLE `recommendations` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`profile_id` text NOT NULL,
	`query` text NOT NULL,
	`result` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`profile_id`) REFERENCES `profiles`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recommendations_account` ON `recommendations` (`account_id`,`id`);--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `traffic` (
	`hour` integer NOT NULL,
	`surface` text NOT NULL,
	`requests` integer NOT NULL,
	`failures` integer NOT NULL,
	`unlimited` integer NOT NULL,
	`total_ms` integer NOT NULL,
	PRIMARY KEY(`hour`, `surface`)
);
--> statement-breakpoint
CREATE TABLE `usage` (
	`day` text NOT NULL,
	`account_id` text NOT NULL,
	`model` text NOT NULL,
	`kind` text NOT NULL,
	`requests` integer NOT NULL,
	`prompt_tokens` integer NOT NULL,
	`cached_prompt_tokens` integer NOT NULL,
	`completion_tokens` integer NOT NULL,
	PRIMARY KEY(`day`, `account_id`, `model`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `usage_account` ON `usage` (`account_id`,`day`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `accounts` SET `number` = rowid;--> statement-breakpoint
ALTER TABLE `accounts` ADD `name` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `given_name` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `family_name` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `subject` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `plan` text DEFAULT 'free' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `billing_cycle` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `queries_used` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `last_seen_at` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_number_unique` ON `accounts` (`number`);--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_subject_unique` ON `accounts` (`subject`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `model_id` text REFERENCES models(id) ON DELETE cascade;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `last_used_at` integer;