CREATE TABLE `catalogue` (
	`id` integer PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `program_imports` (
	`import_id` text NOT NULL,
	`program_id` text NOT NULL,
	`content` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`import_id`, `program_id`)
);
--> statement-breakpoint
CREATE INDEX `program_imports_age` ON `program_imports` (`created_at`);--> statement-breakpoint
CREATE TABLE `programs` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`source` text NOT NULL,
	`source_id` text NOT NULL,
	`institution` text NOT NULL,
	`title` text NOT NULL,
	`country` text NOT NULL,
	`city` text,
	`level` text,
	`field_code` text,
	`field_words` text,
	`content` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `programs_id` ON `programs` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `programs_source` ON `programs` (`source`,`source_id`);--> statement-breakpoint
CREATE INDEX `programs_place` ON `programs` (`country`,`level`);