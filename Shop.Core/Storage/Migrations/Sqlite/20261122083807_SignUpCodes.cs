using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SignUpCodes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "sign_up_code_id",
                table: "members",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "sign_up_codes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    word = table.Column<string>(type: "TEXT", maxLength: 25, nullable: true),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    @class = table.Column<string>(name: "class", type: "TEXT", maxLength: 32, nullable: true),
                    months = table.Column<int>(type: "INTEGER", nullable: false),
                    days = table.Column<int>(type: "INTEGER", nullable: false),
                    max_uses = table.Column<long>(type: "INTEGER", nullable: false),
                    used = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    suggests = table.Column<string>(type: "TEXT", maxLength: 25, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<long>(type: "INTEGER", nullable: false),
                    emptied_at = table.Column<long>(type: "INTEGER", nullable: true),
                    emptied_by = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_up_codes", x => x.id);
                    table.CheckConstraint("ck_sign_up_codes_secret", "(\"word\" IS NULL) <> (\"hash\" IS NULL)");
                    table.CheckConstraint("ck_sign_up_codes_used", "\"used\" BETWEEN 0 AND \"max_uses\"");
                });

            migrationBuilder.CreateTable(
                name: "sign_up_code_uses",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    code_id = table.Column<long>(type: "INTEGER", nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_up_code_uses", x => x.member_id);
                    table.ForeignKey(
                        name: "fk_sign_up_code_uses_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_sign_up_code_uses_sign_up_codes_code_id",
                        column: x => x.code_id,
                        principalTable: "sign_up_codes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_members_sign_up_code_id",
                table: "members",
                column: "sign_up_code_id",
                filter: "\"sign_up_code_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_code_uses_code_id",
                table: "sign_up_code_uses",
                column: "code_id");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_codes_hash",
                table: "sign_up_codes",
                column: "hash",
                unique: true,
                filter: "\"hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_codes_word",
                table: "sign_up_codes",
                column: "word",
                unique: true,
                filter: "\"word\" IS NOT NULL");

            migrationBuilder.AddForeignKey(
                name: "fk_members_sign_up_codes_sign_up_code_id",
                table: "members",
                column: "sign_up_code_id",
                principalTable: "sign_up_codes",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_members_sign_up_codes_sign_up_code_id",
                table: "members");

            migrationBuilder.DropTable(
                name: "sign_up_code_uses");

            migrationBuilder.DropTable(
                name: "sign_up_codes");

            migrationBuilder.DropIndex(
                name: "ix_members_sign_up_code_id",
                table: "members");

            migrationBuilder.DropColumn(
                name: "sign_up_code_id",
                table: "members");
        }
    }
}
