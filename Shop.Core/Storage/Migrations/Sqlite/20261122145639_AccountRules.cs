using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class AccountRules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "confirmed_at",
                table: "job_leases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "confirmed_by",
                table: "job_leases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "approvals",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    subject = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    asked_by = table.Column<long>(type: "INTEGER", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    decided_by = table.Column<long>(type: "INTEGER", nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_approvals", x => x.id);
                    table.CheckConstraint("ck_approvals_decided", "(\"state\" = 'open') = (\"decided_at\" IS NULL)");
                    table.CheckConstraint("ck_approvals_people", "\"decided_by\" IS NULL OR (\"decided_by\" = \"asked_by\") = (\"state\" = 'withdrawn')");
                    table.ForeignKey(
                        name: "fk_approvals_members_asked_by",
                        column: x => x.asked_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_approvals_members_decided_by",
                        column: x => x.decided_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "name_swaps",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    asker_id = table.Column<long>(type: "INTEGER", nullable: false),
                    other_id = table.Column<long>(type: "INTEGER", nullable: false),
                    asker_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    other_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    lapses_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_name_swaps", x => x.id);
                    table.CheckConstraint("ck_name_swaps_decided", "(\"state\" = 'asked') = (\"decided_at\" IS NULL)");
                    table.CheckConstraint("ck_name_swaps_people", "\"asker_id\" <> \"other_id\"");
                    table.ForeignKey(
                        name: "fk_name_swaps_members_asker_id",
                        column: x => x.asker_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_name_swaps_members_other_id",
                        column: x => x.other_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "points_lots",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    left = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    ends_at = table.Column<long>(type: "INTEGER", nullable: false),
                    told_days = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_points_lots", x => x.id);
                    table.CheckConstraint("ck_points_lots_left", "\"points\" > 0 AND \"left\" BETWEEN 0 AND \"points\"");
                    table.ForeignKey(
                        name: "fk_points_lots_journals_journal_id",
                        column: x => x.journal_id,
                        principalTable: "journals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_lots_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "points_lot_uses",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    lot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    back = table.Column<long>(type: "INTEGER", nullable: false),
                    seconds_left = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_points_lot_uses", x => x.id);
                    table.CheckConstraint("ck_points_lot_uses_back", "\"points\" > 0 AND \"back\" BETWEEN 0 AND \"points\"");
                    table.ForeignKey(
                        name: "fk_points_lot_uses_journals_journal_id",
                        column: x => x.journal_id,
                        principalTable: "journals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_lot_uses_points_lots_lot_id",
                        column: x => x.lot_id,
                        principalTable: "points_lots",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_approvals_asked_by",
                table: "approvals",
                column: "asked_by");

            migrationBuilder.CreateIndex(
                name: "ix_approvals_decided_by",
                table: "approvals",
                column: "decided_by");

            migrationBuilder.CreateIndex(
                name: "ix_approvals_key",
                table: "approvals",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_approvals_kind_subject",
                table: "approvals",
                columns: new[] { "kind", "subject" });

            migrationBuilder.CreateIndex(
                name: "ix_approvals_open",
                table: "approvals",
                column: "asked_at",
                filter: "\"state\" = 'open'");

            migrationBuilder.CreateIndex(
                name: "ix_name_swaps_other_id",
                table: "name_swaps",
                column: "other_id");

            migrationBuilder.CreateIndex(
                name: "ux_name_swaps_open",
                table: "name_swaps",
                column: "asker_id",
                unique: true,
                filter: "\"state\" = 'asked'");

            migrationBuilder.CreateIndex(
                name: "ix_points_lot_uses_journal_id",
                table: "points_lot_uses",
                column: "journal_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lot_uses_lot_id",
                table: "points_lot_uses",
                column: "lot_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_ends",
                table: "points_lots",
                column: "ends_at",
                filter: "\"left\" > 0");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_journal_id",
                table: "points_lots",
                column: "journal_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_open",
                table: "points_lots",
                columns: new[] { "member_id", "ends_at" },
                filter: "\"left\" > 0");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "approvals");

            migrationBuilder.DropTable(
                name: "name_swaps");

            migrationBuilder.DropTable(
                name: "points_lot_uses");

            migrationBuilder.DropTable(
                name: "points_lots");

            migrationBuilder.DropColumn(
                name: "confirmed_at",
                table: "job_leases");

            migrationBuilder.DropColumn(
                name: "confirmed_by",
                table: "job_leases");
        }
    }
}
