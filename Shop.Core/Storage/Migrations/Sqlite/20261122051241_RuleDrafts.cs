using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RuleDrafts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "approved_by",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "based_on",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "next_id",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "restores_revision",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "withdrawn_at",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "withdrawn_by",
                table: "rule_revisions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "rule_drafts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    based_on = table.Column<long>(type: "INTEGER", nullable: false),
                    restores_revision = table.Column<long>(type: "INTEGER", nullable: true),
                    sections = table.Column<string>(type: "TEXT", nullable: false),
                    author_id = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_by = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    effective_at = table.Column<long>(type: "INTEGER", nullable: true),
                    proposed_by = table.Column<long>(type: "INTEGER", nullable: true),
                    revision_id = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rule_drafts", x => x.id);
                    table.CheckConstraint("ck_rule_drafts_published", "(\"state\" = 'published') = (\"revision_id\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_rule_drafts_rule_revisions_based_on",
                        column: x => x.based_on,
                        principalTable: "rule_revisions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rule_drafts_rule_revisions_revision_id",
                        column: x => x.revision_id,
                        principalTable: "rule_revisions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_rule_drafts_based_on",
                table: "rule_drafts",
                column: "based_on");

            migrationBuilder.CreateIndex(
                name: "ix_rule_drafts_revision_id",
                table: "rule_drafts",
                column: "revision_id",
                unique: true,
                filter: "\"revision_id\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "rule_drafts");

            migrationBuilder.DropColumn(
                name: "approved_by",
                table: "rule_revisions");

            migrationBuilder.DropColumn(
                name: "based_on",
                table: "rule_revisions");

            migrationBuilder.DropColumn(
                name: "next_id",
                table: "rule_revisions");

            migrationBuilder.DropColumn(
                name: "restores_revision",
                table: "rule_revisions");

            migrationBuilder.DropColumn(
                name: "withdrawn_at",
                table: "rule_revisions");

            migrationBuilder.DropColumn(
                name: "withdrawn_by",
                table: "rule_revisions");
        }
    }
}
