using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SavedMethods : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "consent_version",
                table: "payment_attempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "customer_id",
                table: "payment_attempts",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "flow",
                table: "payment_attempts",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "saved_method_id",
                table: "payment_attempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "method_setups",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    mode = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    idem_key = table.Column<string>(type: "TEXT", maxLength: 96, nullable: false),
                    customer_id = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    provider_ref = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    consent_version = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_method_setups", x => x.id);
                    table.ForeignKey(
                        name: "fk_method_setups_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "saved_methods",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    handle = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    mode = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    reference = table.Column<string>(type: "TEXT", maxLength: 400, nullable: false),
                    brand = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    last4 = table.Column<string>(type: "TEXT", maxLength: 4, nullable: true),
                    expires_on = table.Column<DateOnly>(type: "TEXT", nullable: true),
                    consent_at = table.Column<long>(type: "INTEGER", nullable: false),
                    consent_version = table.Column<int>(type: "INTEGER", nullable: false),
                    usage = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    default_at = table.Column<long>(type: "INTEGER", nullable: true),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true),
                    forgotten_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_methods", x => x.id);
                    table.ForeignKey(
                        name: "fk_saved_methods_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_provider_customers_provider_customer_id",
                table: "provider_customers",
                columns: new[] { "provider", "customer_id" });

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_saved_method_id",
                table: "payment_attempts",
                column: "saved_method_id",
                filter: "\"saved_method_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_idem_key",
                table: "method_setups",
                column: "idem_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_member_id_created_at",
                table: "method_setups",
                columns: new[] { "member_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_provider_provider_ref",
                table: "method_setups",
                columns: new[] { "provider", "provider_ref" },
                unique: true,
                filter: "\"provider_ref\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_handle",
                table: "saved_methods",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_member_id",
                table: "saved_methods",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_provider_mode_reference",
                table: "saved_methods",
                columns: new[] { "provider", "mode", "reference" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "method_setups");

            migrationBuilder.DropTable(
                name: "saved_methods");

            migrationBuilder.DropIndex(
                name: "ix_provider_customers_provider_customer_id",
                table: "provider_customers");

            migrationBuilder.DropIndex(
                name: "ix_payment_attempts_saved_method_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "consent_version",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "customer_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "flow",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "saved_method_id",
                table: "payment_attempts");
        }
    }
}
